import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { afterEach, expect, test } from "vitest";
import { ask, cleanUp, fakeUpstream, freePort, onCleanUp, rawClient, routeTo, sleep, startGateway, until } from "./test-kit.ts";

afterEach(cleanUp);

const mebibyte = 1024 * 1024;

function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

test("a request goes through as it is; hop-by-hop fields stay, forwarding fields come", async () => {
  let seen: IncomingMessage | undefined;
  const odoo = await fakeUpstream({
    handle: (request, response) => {
      seen = request;
      response.writeHead(201, "Made", [
        "X-Case",
        "kept",
        "Set-Cookie",
        "a=1",
        "Set-Cookie",
        "b=2",
        "Keep-Alive",
        "timeout=9",
        "Connection",
        "close, X-Secret",
        "X-Secret",
        "1",
      ]);
      response.end("ok");
    },
  });
  const gateway = await startGateway();
  const route = await routeTo(odoo.port);
  await gateway.client.setRoute(route);
  const answer = await ask({
    port: route.listenPort,
    path: "/web?x=%20y",
    headers: {
      Host: "acme.example:8069",
      "X-Forwarded-For": "203.0.113.9",
      Connection: "X-Private, keep-alive",
      "X-Private": "1",
      TE: "trailers",
      "X-Mine": "ü".normalize(),
    },
  });
  expect(answer).toMatchObject({ status: 201, body: "ok" });
  expect(answer.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
  expect(answer.headers["x-secret"]).toBeUndefined();
  expect(seen?.url).toBe("/web?x=%20y");
  expect(seen?.headers).toMatchObject({
    host: "acme.example:8069",
    "x-forwarded-for": "203.0.113.9, 127.0.0.1",
    "x-forwarded-host": "acme.example:8069",
    "x-forwarded-proto": "http",
    "x-mine": "ü",
    connection: "close",
  });
  expect(seen?.headers["x-private"]).toBeUndefined();
  expect(seen?.headers["te"]).toBeUndefined();
});

test("what ended TLS before us says https and the host; a body-less POST has length 0", async () => {
  let seen: IncomingMessage | undefined;
  const odoo = await fakeUpstream({
    handle: (request, response) => {
      seen = request;
      response.end();
    },
  });
  const gateway = await startGateway();
  const route = await routeTo(odoo.port);
  await gateway.client.setRoute(route);
  const client = await rawClient(
    route.listenPort,
    "POST /x HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\n\r\n",
  );
  await until(() => client.received().includes("200 OK"));
  expect(seen?.headers).toMatchObject({
    "x-forwarded-proto": "https",
    "x-forwarded-host": "shop.example",
    host: "a",
    "content-length": "0",
  });
  expect(seen?.headers["transfer-encoding"]).toBeUndefined();
});

test.each(["GET", "DELETE", "POST", "PROPFIND"])("%s with a body in either framing, and HTTP/1.0 without a host", async (method) => {
  const odoo = await fakeUpstream();
  const gateway = await startGateway();
  const { listenPort: port } = (await gateway.client.setRoute(await routeTo(odoo.port))).route;
  const client = await rawClient(
    port,
    `${method} /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc${method} /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxy\r\n2\r\nzz\r\n0\r\n\r\n`,
  );
  await until(() => client.received().includes(`odoo ${method} /b 4`));
  expect(client.received()).toContain(`odoo ${method} /a 3`);
  const old = await rawClient(port, `${method} /c HTTP/1.0\r\n\r\n`);
  await old.closed;
  expect(old.received()).toContain(`odoo ${method} /c 0`);
});

test("the client's connection stays open between requests; Odoo gets a new one each", async () => {
  const odoo = await fakeUpstream();
  let connections = 0;
  odoo.server.on("connection", () => connections++);
  const gateway = await startGateway();
  const route = await routeTo(odoo.port);
  await gateway.client.setRoute(route);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onCleanUp(() => agent.destroy());
  let sockets = 0;
  agent.on("free", () => sockets++);
  const ports = new Set<number | undefined>();
  for (let i = 0; i < 5; i++) {
    const call = httpRequest({ host: "127.0.0.1", port: route.listenPort, agent, method: i % 2 === 0 ? "GET" : "POST" });
    call.end(i % 2 === 0 ? undefined : "body");
    const [answer] = (await once(call, "response")) as [IncomingMessage];
    ports.add(answer.socket.localPort);
    answer.resume();
    await once(answer, "end");
  }
  expect(ports.size).toBe(1);
  expect(connections).toBe(5);
});

test("pipelined requests are answered in order", async () => {
  const odoo = await fakeUpstream({
    handle: (request, response) => void setTimeout(() => response.end(request.url), request.url === "/1" ? 100 : 0),
  });
  const gateway = await startGateway();
  const route = await routeTo(odoo.port);
  await gateway.client.setRoute(route);
  const client = await rawClient(route.listenPort, ["/1", "/2", "/3"].map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(""));
  await until(() => client.received().includes("/3"));
  expect(client.received().replaceAll("HTTP/1.1", "").match(/\/\d/g)).toEqual(["/1", "/2", "/3"]);
});

test("an upload of 200 MiB streams with bounded memory, no faster than Odoo reads", async () => {
  const bytes = 200 * mebibyte;
  let sent = 0;
  let received = 0;
  let ahead = 0;
  const odoo = await fakeUpstream({
    handle: (request, response) => {
      let rested = false;
      request.on("data", (chunk: Buffer) => {
        received += chunk.length;
        if (rested || received < 20 * mebibyte) return;
        rested = true;
        request.pause();
        setTimeout(() => {
          ahead = sent - received;
          request.resume();
        }, 1_000);
      });
      request.on("end", () => response.end(String(received)));
    },
  });
  const gateway = await startGateway();
  const route = await routeTo(odoo.port);
  await gateway.client.setRoute(route);
  const before = residentBytes(gateway.child.pid as number);
  let highest = 0;
  const watch = setInterval(() => (highest = Math.max(highest, residentBytes(gateway.child.pid as number))), 20);
  onCleanUp(() => clearInterval(watch));
  const call = httpRequest({ host: "127.0.0.1", port: route.listenPort, method: "POST", headers: { "Content-Length": bytes } });
  const answered = once(call, "response") as Promise<[IncomingMessage]>;
  const piece = Buffer.alloc(mebibyte, 7);
  for (; sent < bytes; sent += piece.length) if (!call.write(piece)) await once(call, "drain");
  call.end();
  const [answer] = await answered;
  let text = "";
  for await (const chunk of answer) text += String(chunk);
  expect(text).toBe(String(bytes));
  // The kernel's socket buffers on both sides of the gateway, and what Node keeps.
  expect(ahead).toBeLessThan(32 * mebibyte);
  // A garbage collector that gets little of the processor lets dead buffers lie.
  expect(highest - before).toBeLessThan(120 * mebibyte);
});

test("a chunked download arrives whole and as it is made; a chunked upload too", async () => {
  const odoo = await fakeUpstream({
    handle: (request, response) => {
      request.resume();
      request.on("end", () => {
        response.write("first");
        setTimeout(() => response.end("x".repeat(3 * mebibyte)), 300);
      });
    },
  });
  const gateway = await startGateway();
  const route = await routeTo(odoo.port);
  await gateway.client.setRoute(route);
  const call = httpRequest({ host: "127.0.0.1", port: route.listenPort, method: "POST" });
  call.write("a");
  call.end("b");
  const [answer] = (await once(call, "response")) as [IncomingMessage];
  expect(answer.headers["transfer-encoding"]).toBe("chunked");
  const [first] = (await once(answer, "data")) as [Buffer];
  expect(first.toString()).toBe("first");
  let length = first.length;
  for await (const chunk of answer) length += (chunk as Buffer).length;
  expect(length).toBe(5 + 3 * mebibyte);
});

test("HEAD, 204, 304 and an answer until the end of the connection", async () => {
  const odoo = await fakeUpstream({
    handle: (request, response) => {
      if (request.method === "HEAD") response.writeHead(200, { "Content-Length": "42", ETag: "e" }).end();
      else if (request.url === "/204") response.writeHead(204).end();
      else if (request.url === "/304") response.writeHead(304, { ETag: "e" }).end();
      else request.socket.end("HTTP/1.0 200 OK\r\nServer: old\r\n\r\nuntil the end");
    },
  });
  const gateway = await startGateway();
  const { listenPort: port } = (await gateway.client.setRoute(await routeTo(odoo.port))).route;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onCleanUp(() => agent.destroy());
  expect(await ask({ port, method: "HEAD", agent })).toMatchObject({ status: 200, body: "", headers: { "content-length": "42" } });
  expect(await ask({ port, path: "/204", agent })).toMatchObject({ status: 204, body: "" });
  expect(await ask({ port, path: "/304", agent })).toMatchObject({ status: 304, body: "", headers: { etag: "e" } });
  expect(await ask({ port, path: "/close", agent })).toMatchObject({ status: 200, body: "until the end" });
});

test("Expect: 100-continue is Odoo's to answer", async () => {
  const odoo = await fakeUpstream();
  odoo.server.on("checkContinue", (request, response) => {
    odoo.seen.push(String(request.headers.expect));
    if (request.url === "/no") response.writeHead(417).end();
    else {
      response.writeContinue();
      request.resume();
      request.on("end", () => response.end("got it"));
    }
  });
  const gateway = await startGateway();
  const route = await routeTo(odoo.port);
  await gateway.client.setRoute(route);
  const yes = await rawClient(route.listenPort, "POST /yes HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  await until(() => yes.received().includes("100 Continue"));
  yes.socket.write("ab");
  await until(() => yes.received().includes("got it"));
  const no = await rawClient(route.listenPort, "POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  await until(() => no.received().includes("417"));
  expect(no.received()).not.toContain("100 Continue");
  expect(odoo.seen).toEqual(["100-continue", "100-continue"]);
});

test("a client that goes away ends the work upstream", async () => {
  let ended = false;
  const odoo = await fakeUpstream({ handle: (request) => void request.socket.once("close", () => (ended = true)) });
  const gateway = await startGateway();
  const route = await routeTo(odoo.port);
  await gateway.client.setRoute(route);
  const client = await rawClient(route.listenPort, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  await until(async () => (await gateway.client.status("acme"))?.inFlight === 1);
  client.socket.destroy();
  await until(() => ended);
  expect(await gateway.client.status("acme")).toMatchObject({ inFlight: 0, passedTotal: 1 });
});

test.each([
  ["of known length", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it"],
  ["in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"],
])("an answer %s that breaks off doesn't look whole", async (_what, bytes) => {
  const odoo = await fakeUpstream({
    handle: (request) => void request.socket.write(bytes, () => setTimeout(() => request.socket.destroy(), 100)),
  });
  const gateway = await startGateway();
  const route = await routeTo(odoo.port);
  await gateway.client.setRoute(route);
  await expect(ask({ port: route.listenPort })).rejects.toThrow(/aborted|ECONNRESET|hang up/);
  expect(odoo.seen).toHaveLength(1);
});

test("Odoo that ends before it answers is 502, and the request isn't sent again", async () => {
  const odoo = await fakeUpstream({ handle: (request) => void request.socket.destroy() });
  const gateway = await startGateway();
  const route = await routeTo(odoo.port);
  await gateway.client.setRoute(route);
  const answer = await ask({ port: route.listenPort, path: "/x?token=secret", headers: { Cookie: "session_id=secret" } });
  expect(answer).toMatchObject({ status: 502, headers: { "content-type": "application/json" } });
  await sleep(200);
  expect(odoo.seen).toHaveLength(1);
  await until(() => gateway.output().includes("no whole answer"));
  expect(gateway.output()).not.toContain("secret");
});

test("a refused connection is tried again while Odoo restarts", async () => {
  const port = await freePort();
  const gateway = await startGateway();
  const route = await routeTo(port);
  await gateway.client.setRoute(route);
  const asked = ask({ port: route.listenPort, method: "POST", body: "abc" });
  await sleep(500);
  expect(await gateway.client.status("acme")).toMatchObject({ inFlight: 0 });
  const odoo = await fakeUpstream({ port });
  expect(await asked).toMatchObject({ status: 200, body: "odoo POST / 3" });
  expect(odoo.seen).toEqual(["POST /"]);
});

test("Odoo that stays away is 503 with Retry-After, within a bound", async () => {
  const gateway = await startGateway();
  const route = await routeTo(await freePort());
  await gateway.client.setRoute(route);
  const before = performance.now();
  const answer = await ask({ port: route.listenPort, headers: { Accept: "text/html,*/*" } });
  expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "5", "content-type": "text/html; charset=utf-8" } });
  expect(performance.now() - before).toBeLessThan(30_000);
  expect(await gateway.client.status("acme")).toMatchObject({ inFlight: 0, refusedTotal: 1, passedTotal: 0 });
});

test("an answer before the body was read reaches the client", async () => {
  const odoo = await fakeUpstream({ handle: (_request, response) => void response.writeHead(413, { "Content-Length": "3" }).end("big") });
  const gateway = await startGateway();
  const route = await routeTo(odoo.port);
  await gateway.client.setRoute(route);
  const client = await rawClient(route.listenPort, `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${50 * mebibyte}\r\n\r\nsome`);
  await until(() => client.received().endsWith("big"));
  expect(client.received()).toContain("413");
  expect(client.received().toLowerCase()).toContain("connection: close");
  client.socket.destroy();
});

test("a head that is too large, or no HTTP at all, is refused and harms nobody", async () => {
  const odoo = await fakeUpstream();
  const gateway = await startGateway();
  const { listenPort: port } = (await gateway.client.setRoute(await routeTo(odoo.port))).route;
  expect((await ask({ port, headers: { Big: "x".repeat(100_000) } })).status).toBe(431);
  const garbage = await rawClient(port, "\x16\x03\x01 hello\r\n\r\n");
  await garbage.closed;
  expect(garbage.received()).toContain("400 Bad Request");
  const both = await rawClient(port, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  await both.closed;
  expect(both.received()).toContain("400");
  expect(odoo.seen).toEqual([]);
  expect((await ask({ port })).status).toBe(200);
});

test("environments share a port by host name; an unknown name is 421", async () => {
  const [a, b, any] = [await fakeUpstream({ name: "a" }), await fakeUpstream({ name: "b" }), await fakeUpstream({ name: "any" })];
  const gateway = await startGateway();
  const first = await routeTo(a.port, { environment: "a", hostnames: ["A.example"] });
  const port = first.listenPort;
  await gateway.client.setRoute(first);
  await gateway.client.setRoute({
    ...first,
    environment: "b",
    hostnames: ["b.example"],
    upstream: { host: "127.0.0.1", webPort: b.port, websocketPort: null },
  });
  const from = async (host: string): Promise<string> => (await ask({ port, headers: { Host: host } })).body.split(" ")[0] as string;
  expect(await Promise.all([from(`a.EXAMPLE:${port}`), from("b.example.")])).toEqual(["a", "b"]);
  expect(await ask({ port, headers: { Host: "c.example" } })).toMatchObject({ status: 421 });
  await gateway.client.setRoute({
    ...first,
    environment: "any",
    hostnames: [],
    upstream: { host: "127.0.0.1", webPort: any.port, websocketPort: null },
  });
  expect(await from("c.example")).toBe("any");
  await expect(gateway.client.setRoute({ ...first, environment: "x", hostnames: ["B.Example"] })).rejects.toMatchObject({
    code: "PORT_IN_USE",
  });
  await expect(gateway.client.setRoute({ ...first, environment: "x", hostnames: [] })).rejects.toMatchObject({ code: "PORT_IN_USE" });
  const absolute = await rawClient(port, "GET http://b.example/q HTTP/1.1\r\nHost: a.example\r\n\r\n");
  await until(() => absolute.received().includes("b GET /q"));
  await gateway.client.removeRoute("b", 1);
  expect(await from("b.example")).toBe("any");
});

test("many connections at once, each gets its own answer", async () => {
  const odoo = await fakeUpstream({ handle: (request, response) => void setTimeout(() => response.end(request.url), Math.random() * 50) });
  const gateway = await startGateway();
  const { listenPort: port } = (await gateway.client.setRoute(await routeTo(odoo.port))).route;
  const paths = Array.from({ length: 300 }, (_, i) => `/${i}`);
  expect(await Promise.all(paths.map(async (path) => (await ask({ port, path })).body))).toEqual(paths);
  expect(await gateway.client.status("acme")).toMatchObject({ inFlight: 0, passedTotal: 300, refusedTotal: 0 });
});
