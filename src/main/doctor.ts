import { access, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Check } from "../cli/terminal.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import { gatewayClient } from "../systems/http-gateway/client.ts";
import { supervisorClient } from "../systems/supervisor/client.ts";
import { openStore } from "../store/open-store.ts";
import { packagedPostgres } from "../systems/embedded-postgres/binaries.ts";
import { startEmbedded } from "../systems/embedded-postgres/start-embedded.ts";
import { answers, readServer, readToken, type Home, type Variables } from "./home.ts";
import { postgresBinaries } from "./postgres-binaries.ts";
import { systemClock } from "./system-clock.ts";

const nodeMajorMin = 24;

/** Looks at this host; changes nothing but that it may start Plimsoll's own PostgreSQL and end it again. */
export async function doctor(home: Home, env: Variables): Promise<readonly Check[]> {
  return [
    nodeCheck(),
    await homeCheck(home),
    await postgresCheck(home, env),
    await storeCheck(home, env),
    await serverCheck(home),
    await daemonCheck("supervisor", () => supervisorClient({ socketPath: join(home.supervisor, "supervisor.sock") }).list("host/")),
    await daemonCheck("gateway", () => gatewayClient({ socketPath: join(home.gateway, "gateway.sock") }).status("none")),
    await flockCheck(),
    await isolationCheck(home),
  ];
}

function nodeCheck(): Check {
  const major = Number(process.versions.node.split(".")[0]);
  return check("node", major >= nodeMajorMin, process.version, `Install Node ${nodeMajorMin} or newer; in a checkout: npm run setup`);
}

async function homeCheck(home: Home): Promise<Check> {
  const facts = await stat(home.root).catch(() => null);
  if (facts === null) return { name: "home", verdict: "unknown", seen: `${home.root} isn't there yet`, fix: "plimsoll up makes it" };
  const token = await readToken(home);
  const mode = token === null ? null : (await stat(home.tokenFile)).mode & 0o777;
  if (mode !== null && (mode & 0o077) !== 0)
    return check("home", false, `${home.tokenFile} can be read by others (${mode.toString(8)})`, `chmod 600 ${home.tokenFile}`);
  return check("home", true, token === null ? `${home.root}, no token yet` : home.root, null);
}

async function postgresCheck(home: Home, env: Variables): Promise<Check> {
  if (env["DATABASE_URL"] !== undefined && env["DATABASE_URL"] !== "")
    return check("embedded postgres", true, "not used: DATABASE_URL is set", null);
  try {
    // Where it can't run as npm put it, a copy is made in the home; who only asks makes no home.
    const seen = (await there(home.root)) ? await postgresBinaries(home, env) : (await packagedPostgres()).native;
    return check("embedded postgres", true, seen, null);
  } catch (error) {
    return failed("embedded postgres", error, "Install again without --omit=optional, or set DATABASE_URL.");
  }
}

async function storeCheck(home: Home, env: Variables): Promise<Check> {
  const url = env["DATABASE_URL"];
  try {
    if (url !== undefined && url !== "") return await storeAnswers(url, "that of DATABASE_URL answers");
    if (!(await there(join(home.store, "data", "PG_VERSION"))))
      return { name: "store", verdict: "unknown", seen: "isn't there yet", fix: "plimsoll up makes it" };
    const embedded = await startEmbedded({ directory: home.store, binDir: await postgresBinaries(home, env), log: () => undefined });
    const result = await storeAnswers(embedded.connectionString, embedded.running === "found" ? "runs" : "starts and answers");
    if (embedded.running === "started") await embedded.stop();
    return result;
  } catch (error) {
    return failed("store", error, "Read the log of the store; plimsoll up says more.");
  }
}

async function storeAnswers(connectionString: string, seen: string): Promise<Check> {
  const store = await openStore({ connectionString, clock: systemClock });
  try {
    const environments = await store.environments();
    return check("store", true, `${seen}; ${environments.length} environment${environments.length === 1 ? "" : "s"}`, null);
  } finally {
    await store.close();
  }
}

async function serverCheck(home: Home): Promise<Check> {
  const server = await readServer(home);
  if (server === null)
    return { name: "server", verdict: "unknown", seen: "none runs; commands do their work themselves", fix: "plimsoll up" };
  return check(
    "server",
    await answers(server.url),
    `${server.url}, since ${server.startedAt}`,
    "It doesn't answer: start it again with plimsoll up",
  );
}

async function daemonCheck(name: string, ask: () => Promise<unknown>): Promise<Check> {
  try {
    await ask();
    return check(name, true, "answers", null);
  } catch (error) {
    if (error instanceof PlimsollError && error.code === "SERVER_UNREACHABLE")
      return { name, verdict: "unknown", seen: "doesn't run", fix: "plimsoll up starts it, and so does the first command that needs it" };
    return failed(name, error, `Read ${name}.log in the home directory.`);
  }
}

async function flockCheck(): Promise<Check> {
  const found = (await Promise.all(["/usr/bin/flock", "/bin/flock"].map(there))).some(Boolean);
  return check("util-linux", found, found ? "flock is there" : "flock is missing", "Install util-linux: apt-get install util-linux");
}

async function isolationCheck(home: Home): Promise<Check> {
  if (process.getuid?.() !== 0) {
    return {
      name: "isolation",
      verdict: "unknown",
      seen: "not isolated: Plimsoll doesn't run as root, so Odoo runs as the same user",
      fix: "Run plimsoll up as root: each environment then has a user of its own",
    };
  }
  const names = await readdir(home.environments).catch(() => []);
  const owners = await Promise.all(
    names.map((name) =>
      stat(join(home.environments, name, "private")).then(
        (facts) => facts.uid,
        () => null,
      ),
    ),
  );
  const shared = names.filter(
    (_, index) => owners[index] === 0 || ((owners[index] ?? null) !== null && owners.indexOf(owners[index] ?? null) !== index),
  );
  return check(
    "isolation",
    shared.length === 0,
    shared.length === 0 ? "each environment's Odoo has an OS user of its own" : `not isolated: ${shared.join(", ")}`,
    "plimsoll environment show NAME says why",
  );
}

function check(name: string, passed: boolean, seen: string, fix: string | null): Check {
  return { name, verdict: passed ? "passed" : "failed", seen, fix: passed ? null : fix };
}

function failed(name: string, error: unknown, fix: string): Check {
  const known = error instanceof PlimsollError ? error : null;
  return {
    name,
    verdict: "failed",
    seen: known === null ? String(error) : `${known.message}${known.text.why === undefined ? "" : ` ${known.text.why}`}`,
    fix: known?.text.fix ?? fix,
  };
}

async function there(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
