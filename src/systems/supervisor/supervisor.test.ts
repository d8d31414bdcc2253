import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Unit } from "../../app/ports/supervisor.ts";
import { supervisorClient } from "./client.ts";
import {
  folder,
  forever,
  killed,
  logOf,
  path,
  runningHere,
  runsStill,
  sleep,
  startSupervisor,
  statusOf,
  stubborn,
  unitOf,
  until,
} from "./test-kit.ts";

test("a unit runs in its own session, with exactly its environment, its log and no input", async () => {
  const { client } = await startSupervisor();
  const status = await client.ensure(unitOf("echo out; echo err >&2; readlink /proc/self/fd/0; exec sleep 1000"));
  expect(status).toMatchObject({ state: "running", restarts: 0, lastExit: null, unit: { labels: { release: "sha256:1" } } });
  const pid = status.pid as number;
  await until(() => logOf().split("\n").length > 3);
  expect(logOf().split("\n").toSorted()).toEqual(["", "/dev/null", "err", "out"]);
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
  expect([Number(fields[2]), Number(fields[3])]).toEqual([pid, pid]);
  const environ = readFileSync(`/proc/${pid}/environ`, "utf8")
    .split("\0")
    .filter((entry) => entry !== "" && !/^(PWD|SHLVL|_|OLDPWD)=/.test(entry));
  const names = new Set(environ.map((entry) => entry.split("=")[0]));
  expect(names).toEqual(new Set(["PATH", "PLIMSOLL_DEFINITION", "PLIMSOLL_EPOCH", "PLIMSOLL_LOG", "PLIMSOLL_UNIT", "TEST_FOLDER"]));
  expect(environ).toContain("PLIMSOLL_UNIT=acme/web");
  expect(environ).toContain("PLIMSOLL_EPOCH=1");
  // The supervisor's lock and socket are not the unit's.
  const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  expect(open.filter((target) => target.includes(join(folder, "state")))).toEqual([]);
  expect(open.filter((target) => target === join(folder, "log", "web.log"))).toHaveLength(2);
});

test("the unit's user, without the groups of root", async () => {
  const { client } = await startSupervisor();
  const root = process.getuid?.() === 0;
  const uid = root ? 65534 : (process.getuid?.() as number);
  const gid = root ? 65534 : (process.getgid?.() as number);
  const { pid } = await client.ensure(unitOf("exec sleep 1000", { uid, gid, cwd: "/" }));
  await until(() => readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith("sleep"));
  const facts = readFileSync(`/proc/${pid}/status`, "utf8");
  expect(facts).toMatch(new RegExp(`^Uid:\\s+${uid}\\s+${uid}\\s+${uid}`, "m"));
  expect(facts).toMatch(new RegExp(`^Gid:\\s+${gid}\\s+${gid}\\s+${gid}`, "m"));
  if (root) expect(facts).toMatch(/^Groups:\s*$/m);
});

test("who dies is started again, with growing patience", async () => {
  const { client } = await startSupervisor();
  const first = await client.ensure(unitOf(forever));
  process.kill(first.pid as number, "SIGKILL");
  await until(async () => ((await statusOf(client))?.restarts ?? 0) === 1 && (await statusOf(client))?.state === "running");
  const second = await statusOf(client);
  expect(second?.pid).not.toBe(first.pid);
  expect(second?.lastExit).toMatchObject({ code: null, signal: "SIGKILL" });
  await client.ensure(unitOf("date +%s%3N; exit 7", { id: "acme/bad", logFile: join(folder, "log", "bad.log") }));
  await until(() => logOf("bad").split("\n").length > 5);
  const starts = logOf("bad").trim().split("\n").map(Number);
  const gaps = starts.slice(1).map((at, i) => at - (starts[i] as number));
  // Each at least what the back-off says, less the start of the program.
  [100, 200, 400, 800].forEach((least, i) => expect(gaps[i]).toBeGreaterThan(least * 0.8));
  await until(async () => (await statusOf(client, "acme/bad"))?.state === "backing-off");
  expect((await statusOf(client, "acme/bad"))?.lastExit).toMatchObject({ code: 7, signal: null });
  expect((await client.list("acme/")).length).toBe(2);
});

test("what can't be started says so in its log, and is tried again", async () => {
  const { client } = await startSupervisor();
  const program = join(folder, "odoo-bin");
  const unit = { ...unitOf(""), argv: [program] };
  expect(await client.ensure(unit)).toMatchObject({ state: "backing-off", pid: null });
  expect(logOf()).toContain(`acme/web can't be started: ${program} (ENOENT)`);
  writeFileSync(program, "#!/bin/sh\nexec sleep 1000\n", { mode: 0o755 });
  await until(async () => (await statusOf(client))?.state === "running");
});

test("the same unit again changes nothing; epoch and labels change without a restart; anything else restarts it", async () => {
  const { client } = await startSupervisor();
  const { pid } = await client.ensure(unitOf(forever));
  expect((await client.ensure(unitOf(forever))).pid).toBe(pid);
  const relabelled = await client.ensure(unitOf(forever, { epoch: 2, labels: { release: "sha256:2" } }));
  expect(relabelled).toMatchObject({ pid, state: "running", unit: { epoch: 2, labels: { release: "sha256:2" } } });
  const changed = unitOf(forever, { epoch: 2, env: { PATH: path, TEST_FOLDER: folder, NEW: "1" } });
  expect(["starting", "running"]).toContain((await client.ensure(changed)).state);
  await until(async () => (await statusOf(client))?.state === "running" && (await statusOf(client))?.pid !== pid);
  expect(runsStill(pid as number)).toBe(false);
  const next = (await statusOf(client))?.pid as number;
  expect(readFileSync(`/proc/${next}/environ`, "utf8")).toContain("NEW=1");
});

test("a restart kills who doesn't go, with its whole group", async () => {
  const { client } = await startSupervisor();
  const { pid } = await client.ensure(unitOf(`(${stubborn}) & ${stubborn}`));
  await until(() => existsSync(join(folder, "log", "web.log")) && logOf().includes("up\nup"));
  await client.ensure(unitOf(forever, { env: { PATH: path, TEST_FOLDER: folder, NEW: "1" } }));
  await until(async () => (await statusOf(client))?.state === "running" && (await statusOf(client))?.pid !== pid);
  const group = runningHere(`PLIMSOLL_UNIT=acme/web`).filter(
    (other) => readFileSync(`/proc/${other}/stat`, "latin1").split(") ")[1]?.split(" ")[2] === String(pid),
  );
  expect(group).toEqual([]);
});

test("stop ends and forgets; stopping what isn't there is done already", async () => {
  const { client } = await startSupervisor();
  const { pid } = await client.ensure(unitOf(forever));
  expect(await client.stop("acme/web", 1, { graceMs: 5_000, kill: false })).toEqual({ stopped: true });
  expect(runsStill(pid as number)).toBe(false);
  expect(await client.list("")).toEqual([]);
  expect(await client.stop("acme/web", 1, { graceMs: 0, kill: true })).toEqual({ stopped: true });
  expect(await client.stop("never/was", 1, { graceMs: 0, kill: true })).toEqual({ stopped: true });
});

test("without kill it goes on, isn't told twice, isn't started again, and is forgotten when it ends", async () => {
  const { client } = await startSupervisor();
  const counting = "n=0; trap 'n=$((n+1)); echo told $n' TERM; echo up; while [ ! -e go ]; do sleep 0.05; done";
  const { pid } = await client.ensure(unitOf(counting));
  await until(() => logOf().includes("up"));
  expect(await client.stop("acme/web", 1, { graceMs: 300, kill: false })).toEqual({ stopped: false });
  expect(await statusOf(client)).toMatchObject({ state: "stopping", pid });
  expect(await client.stop("acme/web", 1, { graceMs: 300, kill: false })).toEqual({ stopped: false });
  expect(runsStill(pid as number)).toBe(true);
  writeFileSync(join(folder, "go"), "");
  await until(async () => (await client.list("")).length === 0);
  await sleep(300);
  expect(logOf().match(/up|told \d/g)).toEqual(["up", "told 1"]);
});

test("with kill the group ends at the bound", async () => {
  const { client } = await startSupervisor();
  await client.ensure(unitOf(`(${stubborn}) & ${stubborn}`));
  await until(() => existsSync(join(folder, "log", "web.log")) && logOf().includes("up\nup"));
  expect(await client.stop("acme/web", 1, { graceMs: 200, kill: true })).toEqual({ stopped: true });
  const here = new Set(runningHere());
  await until(() => runningHere("PLIMSOLL_UNIT=acme/web").every((pid) => !here.has(pid)));
});

test("who is wanted again while it stops starts again when it has ended", async () => {
  const { client } = await startSupervisor();
  const { pid } = await client.ensure(unitOf("trap '' TERM; echo up; while [ ! -e go ]; do sleep 0.05; done; rm go"));
  await until(() => logOf().includes("up"));
  expect(await client.stop("acme/web", 1, { graceMs: 100, kill: false })).toEqual({ stopped: false });
  await client.ensure(unitOf("trap '' TERM; echo up; while [ ! -e go ]; do sleep 0.05; done; rm go"));
  expect(await statusOf(client)).toMatchObject({ state: "starting", pid });
  writeFileSync(join(folder, "go"), "");
  await until(async () => (await statusOf(client))?.state === "running");
  expect((await statusOf(client))?.pid).not.toBe(pid);
});

test("what a dead leader leaves of its group is ended before the next start", async () => {
  const { client } = await startSupervisor();
  const { pid } = await client.ensure(unitOf(`(${forever}) & ${forever}`));
  await until(() => existsSync(join(folder, "log", "web.log")) && logOf().includes("up\nup"));
  process.kill(pid as number, "SIGKILL");
  await until(async () => (await statusOf(client))?.restarts === 1);
  const groups = runningHere("PLIMSOLL_UNIT=acme/web").map(
    (other) => readFileSync(`/proc/${other}/stat`, "latin1").split(") ")[1]?.split(" ")[2],
  );
  expect(groups).not.toContain(String(pid));
});

test("lower epochs are refused, for ever, and only for their environment", async () => {
  const first = await startSupervisor();
  await first.client.ensure(unitOf(forever, { epoch: 5 }));
  await expect(first.client.ensure(unitOf(forever, { id: "acme/cron", epoch: 4 }))).rejects.toMatchObject({ code: "EPOCH_SUPERSEDED" });
  await expect(first.client.stop("acme/web", 4, { graceMs: 0, kill: true })).rejects.toMatchObject({ code: "EPOCH_SUPERSEDED" });
  await first.client.ensure(unitOf(forever, { id: "other/web", epoch: 1 }));
  await first.client.stop("acme/web", 7, { graceMs: 1_000, kill: true });
  await killed(first.child);
  const second = await startSupervisor();
  await expect(second.client.ensure(unitOf(forever, { epoch: 6 }))).rejects.toMatchObject({ code: "EPOCH_SUPERSEDED" });
  expect((await second.client.ensure(unitOf(forever, { epoch: 7 }))).state).toBe("running");
});

test("killed together with its unit it leaves the unit of the same name of another supervisor alone", async () => {
  const first = await startSupervisor();
  const other = await startSupervisor(join(folder, "another"));
  const lost = await first.client.ensure(unitOf(forever));
  const foreign = await other.client.ensure(unitOf(forever, { logFile: join(folder, "log", "another.log") }));
  await killed(first.child);
  process.kill(lost.pid as number, "SIGKILL");
  await until(() => !runsStill(lost.pid as number));
  const { client } = await startSupervisor();
  await until(async () => (await statusOf(client))?.state === "running");
  expect((await statusOf(client))?.pid).not.toBe(foreign.pid);
  expect(await statusOf(other.client)).toMatchObject({ state: "running", pid: foreign.pid, restarts: 0 });
});

test("killed and started again it adopts who runs, and starts who doesn't", async () => {
  const first = await startSupervisor();
  const kept = await first.client.ensure(unitOf(forever));
  const lost = await first.client.ensure(unitOf(forever, { id: "acme/cron", logFile: join(folder, "log", "cron.log") }));
  await killed(first.child);
  expect(runsStill(kept.pid as number)).toBe(true);
  process.kill(lost.pid as number, "SIGKILL");
  const second = await startSupervisor();
  expect(await statusOf(second.client)).toMatchObject({ pid: kept.pid, state: "running" });
  const started = await statusOf(second.client, "acme/cron");
  expect(started?.state).toBe("running");
  expect(started?.pid).not.toBe(lost.pid);
  expect(logOf().match(/up/g)).toHaveLength(1);
  // The adopted one is looked after as well: restarted when it dies, and it can be stopped.
  process.kill(kept.pid as number, "SIGKILL");
  await until(async () => (await statusOf(second.client))?.restarts === 1 && (await statusOf(second.client))?.state === "running");
  expect(await second.client.stop("acme/web", 1, { graceMs: 5_000, kill: false })).toEqual({ stopped: true });
});

test("a process that was started but not yet recorded is found by its mark; another one's pid isn't taken", async () => {
  const first = await startSupervisor();
  const { pid } = await first.client.ensure(unitOf(forever));
  await sleep(200);
  await killed(first.child);
  const stateFile = join(folder, "state", "supervisor.json");
  const state = JSON.parse(readFileSync(stateFile, "utf8")) as { units: { process: unknown }[] };
  // As if the pid had been given to another process since: this test itself.
  const stat = readFileSync("/proc/self/stat", "latin1");
  const record = {
    ...(state.units[0]?.process as object),
    pid: process.pid,
    startTicks: Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]),
  };
  (state.units[0] as { process: unknown }).process = record;
  writeFileSync(stateFile, JSON.stringify(state));
  const second = await startSupervisor();
  expect(await statusOf(second.client)).toMatchObject({ pid, state: "running" });
});

test("an order to stop, and a new definition, survive the supervisor", async () => {
  const first = await startSupervisor();
  await first.client.ensure(unitOf("trap '' TERM; echo up; while [ ! -e go ]; do sleep 0.05; done"));
  const other = unitOf(stubborn, {
    id: "acme/cron",
    logFile: join(folder, "log", "cron.log"),
    stop: { signal: "SIGTERM", graceMs: 1_500 },
  });
  const before = await first.client.ensure(other);
  await until(() => logOf().includes("up") && logOf("cron").includes("up"));
  expect(await first.client.stop("acme/web", 1, { graceMs: 100, kill: false })).toEqual({ stopped: false });
  await first.client.ensure({ ...other, env: { ...other.env, NEW: "1" } });
  await killed(first.child);
  const second = await startSupervisor();
  expect((await statusOf(second.client))?.state).toBe("stopping");
  await until(async () => (await statusOf(second.client, "acme/cron"))?.state === "running");
  expect((await statusOf(second.client, "acme/cron"))?.pid).not.toBe(before.pid);
  writeFileSync(join(folder, "go"), "");
  await until(async () => (await statusOf(second.client)) === undefined);
});

test("SIGTERM ends the supervisor and leaves the units; a wiped state directory refuses nothing", async () => {
  const first = await startSupervisor();
  const { pid } = await first.client.ensure(unitOf(forever, { epoch: 9 }));
  first.child.kill("SIGTERM");
  if (first.child.exitCode === null) await once(first.child, "exit");
  expect(first.child.exitCode).toBe(0);
  expect(runsStill(pid as number)).toBe(true);
  rmSync(join(folder, "state"), { recursive: true });
  const second = await startSupervisor();
  expect(await second.client.list("")).toEqual([]);
  expect((await second.client.ensure(unitOf(forever, { id: "acme/x", epoch: 1 }))).state).toBe("running");
});

test("only its owner may talk to it, and only one runs", async () => {
  const first = await startSupervisor();
  expect(statSync(join(folder, "state")).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, "state", "supervisor.sock")).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "state", "supervisor.lock")).mode & 0o777).toBe(0o600);
  await first.client.ensure(unitOf(forever));
  expect(statSync(join(folder, "state", "supervisor.json")).mode & 0o777).toBe(0o600);
  const second = await startSupervisor();
  await until(() => second.child.exitCode !== null);
  expect(second.child.exitCode).toBe(1);
  expect(second.output()).toContain("another supervisor already runs");
  expect((await first.client.list("")).length).toBe(1);
});

test("the unit's user can't turn its log into a link to something else", async () => {
  const { client } = await startSupervisor();
  const target = join(folder, "target");
  writeFileSync(target, "mine\n");
  mkdirSync(join(folder, "log"));
  symlinkSync(target, join(folder, "log", "web.log"));
  expect((await client.ensure(unitOf(forever))).state).toBe("backing-off");
  expect(readFileSync(target, "utf8")).toBe("mine\n");
});

test("a log beyond its bound is put aside at the next start", async () => {
  const { client } = await startSupervisor();
  mkdirSync(join(folder, "log"));
  writeFileSync(join(folder, "log", "web.log"), "old\n");
  truncateSync(join(folder, "log", "web.log"), 64 * 1024 * 1024 + 1);
  await client.ensure(unitOf(forever));
  await until(() => logOf() === "up\n");
  expect(statSync(join(folder, "log", "web.log.1")).size).toBe(64 * 1024 * 1024 + 1);
});

test("bad input is refused and changes nothing", async () => {
  const { client } = await startSupervisor();
  await expect(client.ensure({ ...unitOf(forever), argv: [] })).rejects.toMatchObject({ code: "INPUT_INVALID" });
  await expect(client.ensure({ ...unitOf(forever), id: "no-slash" })).rejects.toMatchObject({ code: "INPUT_INVALID" });
  await expect(client.ensure({ ...unitOf(forever), more: 1 } as Unit)).rejects.toMatchObject({ code: "INPUT_INVALID" });
  const raw = await new Promise<number | undefined>((resolve, reject) => {
    const call = request({ socketPath: join(folder, "state", "supervisor.sock"), path: "/ensure", method: "POST" }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    call.on("error", reject);
    call.end("{not json");
  });
  expect(raw).toBe(422);
  expect(await client.list("")).toEqual([]);
  await expect(supervisorClient({ socketPath: join(folder, "nobody.sock") }).list("")).rejects.toMatchObject({
    code: "SERVER_UNREACHABLE",
  });
});
