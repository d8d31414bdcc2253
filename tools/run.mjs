#!/usr/bin/env node
// The entry of every npm script. Plain JavaScript that Node 18 runs, without dependencies: it is what gets them.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { summary, total } from "./checks/report.mjs";
import { runTiers } from "./checks/run-tiers.mjs";
import { checkTiers, partTiers } from "./checks/tiers.mjs";
import { all } from "./setup/all.mjs";
import { cacheRoot, closedDirectory, isRoot, takeLock } from "./setup/cache.mjs";
import { UsageError, chosenTiers, commands, usage } from "./setup/commands.mjs";
import { ensureEmbeddedPostgres } from "./setup/embedded-postgres.mjs";
import { ensureNodeModules } from "./setup/node-modules.mjs";
import { ensureNode, envWithNode } from "./setup/node-runtime.mjs";
import { ensureParts } from "./setup/parts.mjs";
import { foreground } from "./setup/process.mjs";
import { SetupError, note } from "./setup/progress.mjs";

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));

async function setUp(needsParts) {
  const cache = cacheRoot();
  const closed = isRoot ? closedDirectory(cache) : null;
  if (closed !== null)
    throw new SetupError(
      `${closed} is closed to other OS users`,
      `PostgreSQL and Odoo run as users of their own and have to read ${cache}.`,
      "set PLIMSOLL_CACHE to a directory that everybody can enter",
    );
  const umask = process.umask(0o022);
  const held = { release: Promise.resolve(null) };
  let isTaken = false;
  // Taken only when something has to be done, so that a machine that is ready never waits.
  const lock = () => {
    if (!isTaken) held.release = takeLock(cache, () => note("another set-up is working on the same cache; waiting for it"));
    isTaken = true;
    return held.release;
  };
  try {
    const node = await ensureNode(cache, lock);
    const embedded = (async () => {
      await ensureNodeModules(checkout, node, lock);
      return ensureEmbeddedPostgres(checkout, cache, lock);
    })();
    const [, parts] = await all([embedded, needsParts ? ensureParts(cache, embedded, lock) : null]);
    return { node, parts, env: envWithNode(node, { ...process.env, PLIMSOLL_CACHE: cache }) };
  } finally {
    (await held.release)?.();
    process.umask(umask);
  }
}

async function runCommand(name, args) {
  const tiers = name === "check" ? checkTiers : [...checkTiers, ...partTiers];
  const known = tiers.map((tier) => tier.name.replaceAll(" ", "-"));
  const chosen = name === "check" || name === "test" ? chosenTiers(args, known) : [];
  const { node, parts, env } = await setUp(commands[name].needsParts);
  if (name === "setup") {
    note(`ready: Node ${node}, Odoo ${parts.odoo.packageVersion}, PostgreSQL ${parts.postgres.version}`);
    return 0;
  }
  const { program } = commands[name];
  if (program) return foreground(node, [join(checkout, program), ...args], { env });
  const outcomes = await runTiers(
    tiers.filter((_, index) => chosen.includes(known[index])),
    checkout,
    env,
  );
  process.stdout.write(`\n${summary(outcomes)}\n`);
  return total(outcomes).failed === 0 ? 0 : 1;
}

const [name, ...args] = process.argv.slice(2);
if (name === undefined || !Object.hasOwn(commands, name)) {
  process.stderr.write(`${usage()}\n`);
  process.exitCode = name === "--help" ? 0 : 2;
} else {
  try {
    process.exitCode = await runCommand(name, args);
  } catch (error) {
    process.stderr.write(`${error instanceof SetupError ? error.toText() : error instanceof UsageError ? error.message : error.stack}\n`);
    if (name === "test") process.stdout.write("0 passed, 1 failed\n");
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
