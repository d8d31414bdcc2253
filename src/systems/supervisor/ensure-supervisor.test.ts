import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ensureSupervisor, gatewayUnit } from "./ensure-supervisor.ts";
import { entry, folder, gatewayEntry, path, runningHere, statusOf, until } from "./test-kit.ts";

test("ensureSupervisor starts one that outlives its starter, keeps the gateway up, and finds it again", async () => {
  const daemon = { stateDirectory: join(folder, "state"), nodePath: process.execPath, entry };
  const starter = `
    const { ensureSupervisor, gatewayUnit } = await import(${JSON.stringify(new URL("./ensure-supervisor.ts", import.meta.url).href)});
    const supervisor = await ensureSupervisor(${JSON.stringify(daemon)});
    const status = await supervisor.ensure(gatewayUnit(${JSON.stringify({ ...daemon, entry: gatewayEntry, epoch: 1 })}));
    console.log(status.pid);
    setInterval(() => {}, 1000);`;
  const controlPlane = spawn(process.execPath, ["--input-type=module", "-e", starter], {
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
    env: { PATH: path, SECRET: "hunter2" },
  });
  const [line] = (await once(controlPlane.stdout, "data")) as [Buffer];
  process.kill(-(controlPlane.pid as number), "SIGKILL");
  await once(controlPlane, "exit");
  const supervisor = await ensureSupervisor(daemon);
  const gateway = await statusOf(supervisor, "host/gateway");
  expect(gateway).toMatchObject({ pid: Number(line.toString()), state: "running" });
  const all = runningHere(join(folder, "state"));
  expect(all).toHaveLength(2);
  for (const pid of all) expect(readFileSync(`/proc/${pid}/environ`, "utf8")).not.toContain("hunter2");
  const answers = (): boolean => existsSync(join(folder, "state", "gateway.sock"));
  await until(answers);
  process.kill(gateway?.pid as number, "SIGKILL");
  await until(async () => (await statusOf(supervisor, "host/gateway"))?.restarts === 1);
  expect(gatewayUnit({ ...daemon, entry: gatewayEntry, epoch: 1 }).id).toBe("host/gateway");
});

test("two starters at once get one supervisor; one that can't start says why", async () => {
  const daemon = { stateDirectory: join(folder, "state"), nodePath: process.execPath, entry };
  const both = await Promise.all([ensureSupervisor(daemon), ensureSupervisor(daemon)]);
  expect(await Promise.all(both.map((client) => client.list("")))).toEqual([[], []]);
  await until(() => runningHere(join(folder, "state")).length === 1);
  writeFileSync(join(folder, "file"), "");
  const broken = { stateDirectory: join(folder, "broken"), nodePath: process.execPath, entry };
  mkdirSync(broken.stateDirectory);
  writeFileSync(join(broken.stateDirectory, "supervisor.json"), "{");
  await expect(ensureSupervisor(broken)).rejects.toMatchObject({
    code: "SERVER_UNREACHABLE",
    text: { why: expect.stringContaining("can't read what it wrote") as string },
  });
});
