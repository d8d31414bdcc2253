import { request as httpRequest } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import type { Gateway, UpstreamTraffic } from "../../app/ports/gateway.ts";
import { ask, cleanUp, fakeUpstream, freePort, rawClient, routeTo, startGateway, until } from "./test-kit.ts";
import { LatencyHistogram } from "./latency-histogram.ts";

afterEach(cleanUp);

const failed = (name: string): string =>
  `{"jsonrpc": "2.0", "id": 1, "error": {"code": 0, "message": "Odoo Server Error", "data": {"name": "${name}", "debug": "${"x".repeat(100_000)}"}}}`;

function json(response: ServerResponse, status: number, body: string | Buffer, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "Content-Type": "application/json; charset=utf-8", ...headers }).end(body);
}

const answers: Record<string, (response: ServerResponse, request: IncomingMessage) => void> = {
  "/page": (response) => response.end("<html>"),
  "/result": (response) => json(response, 200, `{"jsonrpc": "2.0", "id": 1, "result": "${"y".repeat(300_000)}"}`),
  "/key-error": (response) => json(response, 200, failed("builtins.KeyError")),
  "/access": (response) => json(response, 200, failed("odoo.exceptions.AccessError")),
  "/json/2/fault": (response) => json(response, 500, '{"name": "builtins.ValueError", "message": "no"}'),
  "/json/2/denied": (response) => json(response, 403, '{"name": "odoo.exceptions.AccessError", "message": "no"}'),
  "/error-page": (response) => response.writeHead(503).end("<html>"),
  "/gzip": (response) => json(response, 200, gzipSync(failed("builtins.KeyError")), { "Content-Encoding": "gzip" }),
  "/br": (response) => json(response, 200, brotliCompressSync(failed("builtins.KeyError")), { "Content-Encoding": "br" }),
  "/deflate": (response) => json(response, 200, deflateSync(failed("builtins.KeyError")), { "Content-Encoding": "deflate" }),
  "/bomb": (response) =>
    json(response, 200, gzipSync(`{"jsonrpc": "2.0", "id": "${"x".repeat(30_000_000)}`), { "Content-Encoding": "gzip" }),
  "/not-gzip": (response) => json(response, 200, failed("builtins.KeyError"), { "Content-Encoding": "gzip" }),
  "/odd": (response) => json(response, 200, "????", { "Content-Encoding": "snappy" }),
  "/head-only": (response) => json(response, 200, ""),
  "/breaks": (response) => response.destroy(),
  "/breaks-within": (response) => {
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": 1_000 });
    response.write(failed("builtins.KeyError").slice(0, 500), () => response.destroy());
  },
};

async function present(client: Gateway): Promise<UpstreamTraffic> {
  const [traffic] = (await client.status("acme"))?.traffic ?? [];
  if (traffic === undefined) throw new Error("nothing is counted");
  return traffic;
}

test("every answer is counted as exactly one thing, and arrives as it was sent", async () => {
  const odoo = await fakeUpstream({ handle: (request, response) => answers[request.url ?? ""]?.(response, request) });
  const bare = await fakeUpstream({ handle: (request, response) => answers[request.url ?? ""]?.(response, request) });
  const { client } = await startGateway();
  const { listenPort: port } = (await client.setRoute(await routeTo(odoo.port))).route;
  for (const path of Object.keys(answers).filter((each) => !each.startsWith("/breaks"))) {
    const [through, direct] = [await ask({ port, path }), await ask({ port: bare.port, path })];
    expect(through.status).toBe(direct.status);
    expect(through.body === direct.body, path).toBe(true);
  }
  await expect(ask({ port, path: "/breaks-within" })).rejects.toThrow();
  expect((await ask({ port, path: "/breaks" })).status).toBe(502);
  await ask({ port, method: "HEAD", path: "/key-error" });
  await until(async () => (await present(client)).answers === 15);
  const traffic = await present(client);
  expect(traffic).toMatchObject({
    inFlight: 0,
    serverErrors: 2,
    errorsInBody: 4,
    businessErrors: 2,
    unread: 3,
    unanswered: 2,
    errorNames: { "builtins.KeyError": 4, "builtins.ValueError": 1 },
  });
  const { p50, p95, p99, max } = traffic.latencyMs ?? { p50: 0, p95: 0, p99: 0, max: 0 };
  expect([0 < p50, p50 <= p95, p95 <= p99, p99 <= max]).toEqual([true, true, true, true]);
});

test("what is in flight belongs to the upstream that it was sent to; a client that leaves is nobody's failure", async () => {
  const waiting: ServerResponse[] = [];
  const old = await fakeUpstream({ handle: (_request, response) => void waiting.push(response) });
  const next = await fakeUpstream();
  const { client } = await startGateway();
  const { listenPort: port } = (await client.setRoute(await routeTo(old.port))).route;
  const first = ask({ port, path: "/slow" });
  const leaving = httpRequest({ port, host: "127.0.0.1", path: "/left" }).end();
  leaving.on("error", () => undefined);
  await until(async () => (await present(client)).inFlight === 2);
  await client.change("acme", 1, { upstream: { host: "127.0.0.1", webPort: next.port, websocketPort: null } });
  expect((await ask({ port, path: "/" })).status).toBe(200);
  const [now, before] = (await client.status("acme"))?.traffic ?? [];
  expect(now).toMatchObject({ upstream: { webPort: next.port }, inFlight: 0, answers: 1 });
  expect(before).toMatchObject({ upstream: { webPort: old.port }, inFlight: 2, answers: 0, latencyMs: null });
  leaving.destroy();
  await until(async () => (await client.status("acme"))?.traffic[1]?.inFlight === 1);
  for (const response of waiting) response.end("late");
  expect((await first).body).toBe("late");
  await until(async () => (await client.status("acme"))?.traffic[1]?.inFlight === 0);
  expect((await client.status("acme"))?.traffic[1]).toMatchObject({ answers: 1, unanswered: 0 });
});

test("nobody listening counts as unanswered; a client that sends slowly isn't Odoo's slowness", async () => {
  const { client } = await startGateway();
  const closed = await freePort();
  const { listenPort: port } = (await client.setRoute(await routeTo(closed))).route;
  expect((await ask({ port })).status).toBe(503);
  expect(await present(client)).toMatchObject({ answers: 0, unanswered: 1 });
  const odoo = await fakeUpstream();
  await client.change("acme", 1, { upstream: { host: "127.0.0.1", webPort: odoo.port, websocketPort: null } });
  const begunMs = performance.now();
  const slow = await rawClient(port, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
  await until(() => odoo.seen.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  slow.socket.write("cd");
  await until(async () => (await present(client)).answers === 1);
  // However slow the machine is: the client's own pause isn't in it.
  expect((await present(client)).latencyMs?.max).toBeLessThan(performance.now() - begunMs - 1_400);
});

test("an answer is passed on while it is read, not after", async () => {
  let go = (): void => undefined;
  const odoo = await fakeUpstream({
    handle: (_request, response) => {
      response.writeHead(200, { "Content-Type": "application/json" });
      response.write('{"jsonrpc": "2.0", "er');
      go = () => void response.end(failed("builtins.KeyError").slice('{"jsonrpc": "2.0", "id": 1, "er'.length));
    },
  });
  const { client } = await startGateway();
  const { listenPort: port } = (await client.setRoute(await routeTo(odoo.port))).route;
  const reader = await rawClient(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await until(() => reader.received().includes('"2.0", "er'));
  go();
  await until(async () => (await present(client)).errorsInBody === 1);
});

test("remembers at most fifty names", async () => {
  let n = 0;
  const odoo = await fakeUpstream({ handle: (_request, response) => json(response, 200, failed(`odoo.addons.acme.E${n++}`)) });
  const { client } = await startGateway();
  const { listenPort: port } = (await client.setRoute(await routeTo(odoo.port))).route;
  for (let i = 0; i < 60; i++) await ask({ port });
  await until(async () => (await present(client)).answers === 60);
  const { errorNames } = await present(client);
  expect(Object.keys(errorNames)).toHaveLength(50);
  expect(Object.values(errorNames).reduce((sum, count) => sum + count, 0)).toBe(60);
  expect(errorNames["others"]).toBe(11);
});

test("quantiles are right to within a bucket", () => {
  const histogram = new LatencyHistogram();
  expect(histogram.summary()).toBeNull();
  for (let ms = 1; ms <= 1_000; ms++) histogram.add(ms);
  histogram.add(0);
  histogram.add(1e9);
  const { p50, p95, p99, max } = histogram.summary() ?? { p50: 0, p95: 0, p99: 0, max: 0 };
  for (const [seen, truth] of [
    [p50, 500],
    [p95, 950],
    [p99, 990],
  ] as const) {
    expect(seen).toBeGreaterThanOrEqual(truth);
    expect(seen).toBeLessThan(truth * 1.1);
  }
  expect(max).toBe(1e9);
});
