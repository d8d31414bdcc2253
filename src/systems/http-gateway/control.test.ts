import { once } from "node:events";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer as createNetServer } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { gatewayClient } from "./client.ts";
import { ask, cleanUp, fakeUpstream, freePort, onCleanUp, routeTo, startGateway, until } from "./test-kit.ts";

afterEach(cleanUp);

test("every acknowledged command survives a kill that follows at once", async () => {
  const odoo = await fakeUpstream();
  let gateway = await startGateway();
  const route = await routeTo(odoo.port);
  for (const mode of ["hold", "pass", "maintenance", "hold"] as const) {
    await gateway.client.setRoute({ ...route, mode });
    gateway.child.kill("SIGKILL");
    if (gateway.child.signalCode === null) await once(gateway.child, "exit");
    gateway = await startGateway(gateway.stateDirectory);
    expect((await gateway.client.status("acme"))?.route.mode).toBe(mode);
  }
});

test("lower epochs are refused, equal and higher ones obeyed, also after the route is gone", async () => {
  const odoo = await fakeUpstream();
  const gateway = await startGateway();
  const route = await routeTo(odoo.port, { epoch: 5 });
  await gateway.client.setRoute(route);
  await gateway.client.setRoute(route);
  const refused = { code: "EPOCH_SUPERSEDED", text: { facts: { environment: "acme", epoch: 4, highest: 5 } } };
  await expect(gateway.client.setRoute({ ...route, epoch: 4 })).rejects.toMatchObject(refused);
  await expect(gateway.client.change("acme", 4, { mode: "hold" })).rejects.toMatchObject(refused);
  await expect(gateway.client.removeRoute("acme", 4)).rejects.toMatchObject(refused);
  expect((await gateway.client.change("acme", 6, { mode: "hold" })).route).toMatchObject({ epoch: 6, mode: "hold" });
  await gateway.client.removeRoute("acme", 6);
  await gateway.client.removeRoute("acme", 6);
  expect(await gateway.client.status("acme")).toBeNull();
  await expect(ask({ port: route.listenPort })).rejects.toThrow("ECONNREFUSED");
  await expect(gateway.client.change("acme", 6, { mode: "hold" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(gateway.client.setRoute({ ...route, epoch: 5 })).rejects.toMatchObject({ ...refused, text: { facts: { highest: 6 } } });
  expect((await gateway.client.setRoute({ ...route, epoch: 6 })).route.epoch).toBe(6);
});

test("a port in use is named and nothing is changed; a moved route leaves its old port", async () => {
  const odoo = await fakeUpstream();
  const gateway = await startGateway();
  const route = await routeTo(odoo.port);
  await gateway.client.setRoute(route);
  const error = await gateway.client.setRoute({ ...route, listenPort: odoo.port, epoch: 9 }).catch((e: unknown) => e);
  expect(error).toMatchObject({ code: "PORT_IN_USE", message: expect.stringContaining(String(odoo.port)) as string });
  expect((await gateway.client.status("acme"))?.route).toEqual(route);
  expect((await ask({ port: route.listenPort })).status).toBe(200);
  const moved = { ...route, listenPort: await freePort() };
  await gateway.client.setRoute(moved);
  expect((await ask({ port: moved.listenPort })).status).toBe(200);
  await expect(ask({ port: route.listenPort })).rejects.toThrow("ECONNREFUSED");
});

test("a port that is taken at the start is taken back when it is free; other routes are served meanwhile", async () => {
  const odoo = await fakeUpstream();
  const first = await startGateway();
  const [a, b] = [await routeTo(odoo.port, { environment: "a" }), await routeTo(odoo.port, { environment: "b" })];
  await first.client.setRoute(a);
  await first.client.setRoute(b);
  first.child.kill("SIGKILL");
  await once(first.child, "exit");
  const thief = createNetServer().listen(a.listenPort, "127.0.0.1");
  onCleanUp(() => thief.close());
  await once(thief, "listening");
  await startGateway(first.stateDirectory);
  expect((await ask({ port: b.listenPort })).status).toBe(200);
  await new Promise((resolve) => thief.close(resolve));
  await until(async () => (await ask({ port: a.listenPort }).catch(() => null))?.status === 200);
});

test("only its owner may talk to it, only one runs, and a dead one is unreachable", async () => {
  const gateway = await startGateway();
  expect(statSync(gateway.stateDirectory).mode & 0o777).toBe(0o700);
  expect(statSync(join(gateway.stateDirectory, "gateway.sock")).mode & 0o777).toBe(0o600);
  await gateway.client.setRoute(await routeTo(1));
  expect(statSync(join(gateway.stateDirectory, "gateway.json")).mode & 0o777).toBe(0o600);
  await expect(startGateway(gateway.stateDirectory)).rejects.toThrow("another gateway already runs");
  gateway.child.kill("SIGKILL");
  await once(gateway.child, "exit");
  await expect(gateway.client.status("acme")).rejects.toMatchObject({ code: "SERVER_UNREACHABLE" });
  await expect(gatewayClient({ socketPath: "/nowhere/gateway.sock" }).status("acme")).rejects.toMatchObject({ code: "SERVER_UNREACHABLE" });
});

test("bad commands are refused with what is wrong; an unreadable state is no reason to guess", async () => {
  const gateway = await startGateway();
  const route = await routeTo(1);
  await expect(gateway.client.setRoute({ ...route, listenPort: 70_000 })).rejects.toMatchObject({
    code: "INPUT_INVALID",
    text: { because: [expect.stringContaining("listenPort")] },
  });
  await expect(gateway.client.setRoute({ ...route, mode: "open" as never })).rejects.toMatchObject({ code: "INPUT_INVALID" });
  await expect(gateway.client.setRoute({ ...route, listenHost: "192.0.2.1" })).rejects.toMatchObject({
    code: "INPUT_INVALID",
    text: { why: "EADDRNOTAVAIL" },
  });
  await gateway.client.setRoute(route);
  gateway.child.kill("SIGKILL");
  await once(gateway.child, "exit");
  const file = join(gateway.stateDirectory, "gateway.json");
  writeFileSync(file, readFileSync(file, "utf8").slice(0, 50));
  await expect(startGateway(gateway.stateDirectory)).rejects.toThrow("can't read what it wrote");
});
