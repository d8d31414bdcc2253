import { once } from "node:events";
import { request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { afterEach, expect, test } from "vitest";
import type { Answer, RunningGateway } from "./test-kit.ts";
import { ask, cleanUp, fakeUpstream, freePort, rawClient, routeTo, sleep, startGateway, until } from "./test-kit.ts";

afterEach(cleanUp);

const held = async (gateway: RunningGateway): Promise<number> => (await gateway.client.status("acme"))?.held ?? -1;

/** Asks one after the other, each only when the one before is held: so their order is known. */
async function holdInOrder(gateway: RunningGateway, port: number, paths: readonly string[], body?: string): Promise<Promise<Answer>[]> {
  const asked: Promise<Answer>[] = [];
  for (const path of paths) {
    const before = await held(gateway);
    asked.push(ask({ port, path, ...(body === undefined ? {} : { method: "POST", body }) }));
    await until(async () => (await held(gateway)) === before + 1);
  }
  return asked;
}

test("held requests wait, then go once, in order, to the new upstream", async () => {
  const [old, fresh] = [await fakeUpstream({ name: "old" }), await fakeUpstream({ name: "new" })];
  const gateway = await startGateway();
  const route = await routeTo(old.port, { mode: "hold", releaseConcurrency: 1 });
  await gateway.client.setRoute(route);
  const paths = Array.from({ length: 12 }, (_, i) => `/${i}`);
  const asked = await holdInOrder(gateway, route.listenPort, paths, "body");
  const status = await gateway.client.status("acme");
  expect(status).toMatchObject({ held: 12, heldBytes: 48, inFlight: 0, passedTotal: 0, refusedTotal: 0 });
  expect(status?.heldSinceMs).toBeGreaterThan(0);
  await gateway.client.change("acme", 1, { mode: "pass", upstream: { host: "127.0.0.1", webPort: fresh.port, websocketPort: null } });
  const answers = await Promise.all(asked);
  expect(answers.map((answer) => answer.body)).toEqual(paths.map((path) => `new POST ${path} 4`));
  expect(fresh.seen).toEqual(paths.map((path) => `POST ${path}`));
  expect(old.seen).toEqual([]);
  expect(await gateway.client.status("acme")).toMatchObject({ held: 0, heldBytes: 0, inFlight: 0, passedTotal: 12, heldSinceMs: null });
});

test("the queue empties at bounded concurrency, and who comes meanwhile goes behind it", async () => {
  let now = 0;
  let most = 0;
  const odoo = await fakeUpstream({
    handle: (request, response) => {
      most = Math.max(most, ++now);
      setTimeout(() => {
        now--;
        response.end(request.url);
      }, 100);
    },
  });
  const gateway = await startGateway();
  const route = await routeTo(odoo.port, { mode: "hold", releaseConcurrency: 2 });
  await gateway.client.setRoute(route);
  const asked = await holdInOrder(gateway, route.listenPort, ["/0", "/1", "/2", "/3", "/4", "/5"]);
  await gateway.client.change("acme", 1, { mode: "pass" });
  await until(() => odoo.seen.length === 2);
  const late = ask({ port: route.listenPort, path: "/late" });
  await Promise.all([...asked, late]);
  expect(most).toBe(2);
  expect(odoo.seen.at(-1)).toBe("GET /late");
});

test("one slow answer doesn't keep the whole queue waiting", async () => {
  const odoo = await fakeUpstream({ handle: (request, response) => void (request.url === "/slow" ? 0 : response.end("quick")) });
  const gateway = await startGateway();
  const route = await routeTo(odoo.port, { mode: "hold", releaseConcurrency: 1 });
  await gateway.client.setRoute(route);
  const [slow, quick] = await holdInOrder(gateway, route.listenPort, ["/slow", "/quick"]);
  slow?.catch(() => undefined);
  await gateway.client.change("acme", 1, { mode: "pass" });
  expect((await quick)?.body).toBe("quick");
});

test("a request whose client has gone is dropped, never sent", async () => {
  const odoo = await fakeUpstream();
  const gateway = await startGateway();
  const route = await routeTo(odoo.port, { mode: "hold" });
  await gateway.client.setRoute(route);
  const [first] = await holdInOrder(gateway, route.listenPort, ["/first"]);
  const gone = await rawClient(route.listenPort, "POST /gone HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
  await until(async () => (await held(gateway)) === 2);
  const halfway = await rawClient(route.listenPort, "POST /halfway HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  await until(async () => (await held(gateway)) === 3);
  const [last] = await holdInOrder(gateway, route.listenPort, ["/last"]);
  gone.socket.end();
  halfway.socket.resetAndDestroy();
  await until(async () => (await held(gateway)) === 2);
  expect((await gateway.client.status("acme"))?.heldBytes).toBe(0);
  await gateway.client.change("acme", 1, { mode: "pass" });
  expect((await Promise.all([first, last])).map((answer) => answer?.status)).toEqual([200, 200]);
  expect(odoo.seen).toEqual(["GET /first", "GET /last"]);
});

test("beyond the count, the bytes or the time: 503 with Retry-After, for people and programs", async () => {
  const odoo = await fakeUpstream();
  const gateway = await startGateway();
  const route = await routeTo(odoo.port, { mode: "hold", heldRequestsMax: 2, heldBytesMax: 1_000, holdMsMax: 5_000 });
  await gateway.client.setRoute(route);
  const port = route.listenPort;
  const announced = await ask({ port, method: "POST", body: "x".repeat(1_001) });
  expect(announced).toMatchObject({ status: 503, headers: { "retry-after": "15", "content-type": "application/json" } });
  const grown = await rawClient(port, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (let i = 0; i < 3; i++) grown.socket.write(`190\r\n${"y".repeat(400)}\r\n`);
  await until(() => grown.received().includes("\r\n\r\n{"));
  expect(grown.received()).toMatch(/^HTTP\/1.1 503 /);
  expect(grown.received()).toContain("Retry-After: 15");
  const waiting = await holdInOrder(gateway, port, ["/1", "/2"]);
  const page = await ask({ port, path: "/odoo", headers: { Accept: "text/html,application/xhtml+xml" } });
  expect(page).toMatchObject({
    status: 503,
    headers: { "retry-after": "5", "content-type": "text/html; charset=utf-8", "cache-control": "no-store" },
  });
  expect(page.body).toContain("was not carried out");
  expect(page.body).toContain('http-equiv="refresh"');
  const json = await ask({ port, path: "/json/2/res.partner/search", method: "POST", headers: { Accept: "application/json" } });
  expect(JSON.parse(json.body)).toMatchObject({ error: { code: 503, data: { name: "plimsoll.Unavailable" } }, retryAfterS: 5 });
  expect((await ask({ port, method: "HEAD", headers: { Accept: "text/html" } })).body).toBe("");
  const timedOut = await Promise.all(waiting);
  expect(timedOut.map((answer) => [answer.status, answer.headers["retry-after"]])).toEqual([
    [503, "10"],
    [503, "10"],
  ]);
  expect(await gateway.client.status("acme")).toMatchObject({ held: 0, heldBytes: 0, refusedTotal: 7, passedTotal: 0 });
  expect(odoo.seen).toEqual([]);
});

test("bodies that still arrive while held are sent whole, in either framing", async () => {
  const odoo = await fakeUpstream();
  const gateway = await startGateway();
  const route = await routeTo(odoo.port, { mode: "hold", releaseConcurrency: 10 });
  await gateway.client.setRoute(route);
  const half = await rawClient(route.listenPort, "POST /half HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabcde");
  await until(async () => (await held(gateway)) === 1);
  const chunked = await rawClient(
    route.listenPort,
    "POST /chunked HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
  );
  await until(async () => (await held(gateway)) === 2);
  const expecting = await rawClient(
    route.listenPort,
    "POST /expecting HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n",
  );
  await until(() => expecting.received().includes("100 Continue"));
  expecting.socket.write("abcd");
  await until(async () => (await gateway.client.status("acme"))?.heldBytes === 14);
  await gateway.client.change("acme", 1, { mode: "pass" });
  await sleep(100);
  half.socket.write("fghij");
  chunked.socket.write("5\r\nfghij\r\n0\r\n\r\n");
  await until(
    () =>
      half.received().includes("POST /half 10") &&
      chunked.received().includes("POST /chunked 10") &&
      expecting.received().includes("POST /expecting 4"),
  );
});

test("who was held on a kept connection can go on using it", async () => {
  const odoo = await fakeUpstream();
  const gateway = await startGateway();
  const route = await routeTo(odoo.port, { mode: "hold" });
  await gateway.client.setRoute(route);
  const client = await rawClient(route.listenPort, "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na");
  await until(async () => (await held(gateway)) === 1);
  await gateway.client.change("acme", 1, { mode: "maintenance" });
  await until(() => client.received().includes("503"));
  await gateway.client.change("acme", 1, { mode: "pass" });
  client.socket.write("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  await until(() => client.received().includes("odoo GET /2 0"));
  expect(odoo.seen).toEqual(["GET /2"]);
});

test("what was being forwarded when the hold began is in flight, and is answered", async () => {
  const odoo = await fakeUpstream();
  const gateway = await startGateway();
  const route = await routeTo(odoo.port);
  await gateway.client.setRoute(route);
  const call = httpRequest({ host: "127.0.0.1", port: route.listenPort, method: "POST", headers: { "Content-Length": 4 } });
  call.write("ab");
  const answered = once(call, "response") as Promise<[IncomingMessage]>;
  await until(async () => (await gateway.client.status("acme"))?.inFlight === 1);
  const status = await gateway.client.change("acme", 1, { mode: "hold" });
  expect(status).toMatchObject({ inFlight: 1, held: 0 });
  call.end("cd");
  expect((await answered)[0].statusCode).toBe(200);
  (await answered)[0].resume();
  await until(async () => (await gateway.client.status("acme"))?.inFlight === 0);
});

test("a request that still looks for Odoo when the hold begins is held, not sent", async () => {
  const port = await freePort();
  const gateway = await startGateway();
  const route = await routeTo(port);
  await gateway.client.setRoute(route);
  const asked = ask({ port: route.listenPort, method: "POST", body: "abc" });
  await sleep(200);
  expect(await gateway.client.change("acme", 1, { mode: "hold" })).toMatchObject({ inFlight: 0 });
  await until(async () => (await held(gateway)) === 1);
  const odoo = await fakeUpstream({ port });
  await sleep(300);
  expect(odoo.seen).toEqual([]);
  await gateway.client.change("acme", 1, { mode: "pass" });
  expect((await asked).body).toBe("odoo POST / 3");
});

test("under load through many holds every request is carried out exactly once", async () => {
  const done = new Map<string, number>();
  const odoo = await fakeUpstream({
    handle: (request, response) => {
      request.resume();
      request.on("end", () => {
        done.set(request.url as string, (done.get(request.url as string) ?? 0) + 1);
        setTimeout(() => response.end("ok"), 2);
      });
    },
  });
  const gateway = await startGateway();
  const route = await routeTo(odoo.port, { heldRequestsMax: 1_000 });
  await gateway.client.setRoute(route);
  let stop = false;
  let asked = 0;
  const failed: unknown[] = [];
  const user = async (): Promise<void> => {
    while (!stop) {
      const answer = await ask({ port: route.listenPort, path: `/${asked++}`, method: "POST", body: "x" });
      if (answer.status !== 200) failed.push(answer);
    }
  };
  const users = Array.from({ length: 16 }, user);
  for (let i = 0; i < 15; i++) {
    await gateway.client.change("acme", 1, { mode: "hold" });
    await until(async () => (await gateway.client.status("acme"))?.inFlight === 0);
    const before = [...done.values()].length;
    await sleep(30);
    expect([...done.values()].length).toBe(before);
    await gateway.client.change("acme", 1, { mode: "pass" });
    await sleep(50);
  }
  stop = true;
  await Promise.all(users);
  expect(failed).toEqual([]);
  expect(done.size).toBe(asked);
  expect([...done.values()].filter((times) => times !== 1)).toEqual([]);
});

test("maintenance refuses everything, the held ones at once", async () => {
  const odoo = await fakeUpstream();
  const gateway = await startGateway();
  const route = await routeTo(odoo.port, { mode: "hold" });
  await gateway.client.setRoute(route);
  const waiting = await holdInOrder(gateway, route.listenPort, ["/1", "/2"]);
  await gateway.client.change("acme", 1, { mode: "maintenance" });
  for (const answer of await Promise.all([...waiting, ask({ port: route.listenPort })])) {
    expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "30" } });
  }
  expect(odoo.seen).toEqual([]);
});

test("a route without upstream is 503", async () => {
  const gateway = await startGateway();
  const route = await routeTo(null);
  await gateway.client.setRoute(route);
  expect(await ask({ port: route.listenPort })).toMatchObject({ status: 503, headers: { "retry-after": "10" } });
});

test("killed while holding: clients are reset, nothing was sent, and it comes back holding", async () => {
  const odoo = await fakeUpstream();
  const first = await startGateway();
  const route = await routeTo(odoo.port);
  await first.client.setRoute(route);
  await first.client.change("acme", 3, { mode: "hold" });
  const lost = await holdInOrder(first, route.listenPort, ["/1", "/2"], "abc");
  const failures = Promise.allSettled(lost);
  first.child.kill("SIGKILL");
  expect((await failures).map((result) => result.status)).toEqual(["rejected", "rejected"]);
  const second = await startGateway(first.stateDirectory);
  expect(await second.client.status("acme")).toMatchObject({ held: 0, route: { mode: "hold", epoch: 3 } });
  const [kept] = await holdInOrder(second, route.listenPort, ["/3"]);
  await expect(second.client.change("acme", 2, { mode: "pass" })).rejects.toMatchObject({ code: "EPOCH_SUPERSEDED" });
  await second.client.change("acme", 3, { mode: "pass" });
  expect((await kept)?.status).toBe(200);
  expect(odoo.seen).toEqual(["GET /3"]);
});

test("SIGTERM: nothing new, what is in flight finishes, who waits gets 503", async () => {
  const odoo = await fakeUpstream({ handle: (_request, response) => void setTimeout(() => response.end("done"), 800) });
  const gateway = await startGateway();
  const route = await routeTo(odoo.port);
  await gateway.client.setRoute(route);
  const flying = ask({ port: route.listenPort });
  await until(() => odoo.seen.length === 1);
  await gateway.client.change("acme", 1, { mode: "hold" });
  const [waiting] = await holdInOrder(gateway, route.listenPort, ["/waits"]);
  gateway.child.kill("SIGTERM");
  expect(await waiting).toMatchObject({ status: 503, headers: { "retry-after": "2" } });
  await expect(ask({ port: route.listenPort })).rejects.toThrow("ECONNREFUSED");
  expect(await flying).toMatchObject({ status: 200, body: "done" });
  if (gateway.child.exitCode === null) await once(gateway.child, "exit");
  expect(gateway.child.exitCode).toBe(0);
  expect(odoo.seen).toHaveLength(1);
});
