import { once } from "node:events";
import { createServer as createNetServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { ask, cleanUp, fakeUpstream, onCleanUp, rawClient, routeTo, startGateway, until } from "./test-kit.ts";

afterEach(cleanUp);

const mebibyte = 1024 * 1024;

test("an offer of h2c is an ordinary request", async () => {
  const odoo = await fakeUpstream();
  const gateway = await startGateway();
  const { listenPort: port } = (await gateway.client.setRoute(await routeTo(odoo.port))).route;
  const answer = await ask({
    port,
    headers: { Connection: "Upgrade, HTTP2-Settings", Upgrade: "h2c", "HTTP2-Settings": "AAMAAABkAARAAAAAAAIAAAAA" },
  });
  expect(answer).toMatchObject({ status: 200, body: "odoo GET / 0" });
});

test("websockets go to their own port, both ways, and aren't in flight", async () => {
  const sockets = createNetServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (head) => {
      socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: abc\r\n\r\nhello ",
      );
      socket.write(head.toString().includes("X-Forwarded-For: 127.0.0.1") ? "forwarded " : "");
      socket.on("data", (chunk) => socket.write(chunk));
    });
  }).listen(0, "127.0.0.1");
  await once(sockets, "listening");
  onCleanUp(() => sockets.close());
  const odoo = await fakeUpstream();
  const gateway = await startGateway();
  const route = await routeTo(odoo.port);
  const websocketPort = (sockets.address() as AddressInfo).port;
  await gateway.client.setRoute({ ...route, upstream: { host: "127.0.0.1", webPort: odoo.port, websocketPort } });
  const head =
    "GET /websocket?version=19.0-2 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\nSec-WebSocket-Version: 13\r\n\r\n";
  const client = await rawClient(route.listenPort, `${head}early `);
  await until(() => client.received().endsWith("early "));
  expect(client.received()).toMatch(/^HTTP\/1.1 101 Switching Protocols\r\n/);
  expect(client.received()).toContain("Sec-WebSocket-Accept: abc");
  expect(client.received().split("\r\n\r\n")[1]).toBe("hello forwarded early ");
  client.socket.write("x".repeat(mebibyte));
  await until(() => client.received().length > mebibyte);
  expect(await gateway.client.status("acme")).toMatchObject({ websockets: 1, inFlight: 0 });
  await gateway.client.change("acme", 1, { mode: "hold" });
  await client.closed;
  expect(await gateway.client.status("acme")).toMatchObject({ websockets: 0 });
  const held = await rawClient(route.listenPort, head);
  await held.closed;
  expect(held.received()).toMatch(/^HTTP\/1.1 503 /);
  expect(held.received()).toContain("Retry-After: ");
  await gateway.client.change("acme", 1, { mode: "pass" });
  const again = await rawClient(route.listenPort, head);
  await until(() => again.received().includes("hello"));
  again.socket.destroy();
  await until(async () => (await gateway.client.status("acme"))?.websockets === 0);
  expect(odoo.seen).toEqual([]);
});

test("a refused upgrade is passed on and ends the connection", async () => {
  const odoo = await fakeUpstream();
  odoo.server.on("upgrade", (_request, socket) => socket.end("HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno"));
  const gateway = await startGateway();
  const { listenPort: port } = (await gateway.client.setRoute(await routeTo(odoo.port))).route;
  const client = await rawClient(port, "GET /websocket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  await client.closed;
  expect(client.received()).toMatch(/^HTTP\/1.1 426 [^]*\r\n\r\nno$/);
  await until(async () => (await gateway.client.status("acme"))?.websockets === 0);
});
