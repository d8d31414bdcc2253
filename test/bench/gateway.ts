/**
 * What the gateway costs, beside a bare upstream on the same machine: `node test/bench/gateway.ts [--requests 4000] [--mebibytes 256]`.
 * Requests alternate between both ways, one at a time, so that the machine's moods meet both alike. Prints one JSON object.
 */
import { fork, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, createServer, request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gatewayClient } from "../../src/systems/http-gateway/client.ts";

const mebibyte = 1024 * 1024;
const gatewayEntry = fileURLToPath(new URL("../../src/main/gateway.ts", import.meta.url));

/** Answers a page's worth of bytes as Odoo answers a call, so that the gateway has something to read; swallows uploads, makes downloads; closes after each answer, as Odoo does. */
function serveUpstream(): void {
  const page = Buffer.from(`{"jsonrpc": "2.0", "id": 1, "result": "${"x".repeat(8 * 1024 - 40)}"}`);
  const server = createServer((request, response) => {
    response.shouldKeepAlive = false;
    const bytes = Number(/^\/download\/(\d+)/.exec(request.url ?? "")?.[1] ?? 0);
    request.resume();
    request.on("end", () => {
      if (bytes === 0) response.writeHead(200, { "Content-Type": "application/json", "Content-Length": page.length }).end(page);
      else void download(bytes);
    });
    async function download(left: number): Promise<void> {
      const piece = Buffer.alloc(64 * 1024);
      for (let rest = left; rest > 0; rest -= piece.length) if (!response.write(piece)) await once(response, "drain");
      response.end();
    }
  });
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
}

function exchange(port: number, path: string, agent: Agent | false, upload = 0): Promise<number> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const call = httpRequest({
      host: "127.0.0.1",
      port,
      path,
      agent,
      method: upload > 0 ? "POST" : "GET",
      ...(upload > 0 ? { headers: { "Content-Length": upload } } : {}),
    });
    call.on("error", reject);
    call.on("response", (answer: IncomingMessage) => {
      answer.resume();
      answer.on("error", reject);
      answer.on("end", () => resolve(performance.now() - started));
    });
    void (async () => {
      const piece = Buffer.alloc(64 * 1024);
      for (let rest = upload; rest > 0; rest -= piece.length) if (!call.write(piece)) await once(call, "drain");
      call.end();
    })();
  });
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

function summary(times: readonly number[]): { p50Ms: number; p95Ms: number; p99Ms: number } {
  const sorted = times.toSorted((a, b) => a - b);
  return { p50Ms: round(quantile(sorted, 0.5)), p95Ms: round(quantile(sorted, 0.95)), p99Ms: round(quantile(sorted, 0.99)) };
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

async function throughput(port: number, users: number, requests: number, agent: Agent | false): Promise<number> {
  let left = requests;
  const started = performance.now();
  const user = async (): Promise<void> => {
    while (left-- > 0) await exchange(port, "/", agent);
  };
  await Promise.all(Array.from({ length: users }, user));
  return requests / ((performance.now() - started) / 1_000);
}

async function bench(requests: number, mebibytes: number): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), "plimsoll-bench-"));
  const upstream = fork(fileURLToPath(import.meta.url), ["--upstream"]);
  const [upstreamPort] = (await once(upstream, "message")) as [number];
  const gateway: ChildProcess = spawn(process.execPath, [gatewayEntry, "--state", folder], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    for (let output = ""; !output.includes("gateway is up");)
      output += String(((await once(gateway.stdout as NonNullable<typeof gateway.stdout>, "data")) as [Buffer])[0]);
    const listenPort = await freePort();
    await gatewayClient({ socketPath: join(folder, "gateway.sock") }).setRoute({
      environment: "bench",
      epoch: 1,
      listenHost: "127.0.0.1",
      listenPort,
      hostnames: [],
      mode: "pass",
      upstream: { host: "127.0.0.1", webPort: upstreamPort, websocketPort: null },
      holdMsMax: 60_000,
      heldRequestsMax: 2_000,
      heldBytesMax: 256 * mebibyte,
      releaseConcurrency: 8,
    });
    return await measure(requests, mebibytes, upstreamPort, listenPort);
  } finally {
    upstream.kill();
    gateway.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(requests: number, mebibytes: number, bare: number, through: number): Promise<object> {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const times = { bare: [] as number[], through: [] as number[] };
  const warmUp = 500;
  for (let i = 0; i < requests + warmUp; i++) {
    const pair = { bare: await exchange(bare, "/", false), through: await exchange(through, "/", agent) };
    if (i < warmUp) continue;
    times.bare.push(pair.bare);
    times.through.push(pair.through);
  }
  const latency = { bare: summary(times.bare), through: summary(times.through) };
  const perSecond = { bare: await throughput(bare, 16, requests, false), through: await throughput(through, 16, requests, agent) };
  const bytes = mebibytes * mebibyte;
  const mibPerS = async (port: number, path: string, upload: number): Promise<number> =>
    mebibytes / ((await exchange(port, path, false, upload)) / 1_000);
  const upload = { bare: await mibPerS(bare, "/", bytes), through: await mibPerS(through, "/", bytes) };
  const download = { bare: await mibPerS(bare, `/download/${bytes}`, 0), through: await mibPerS(through, `/download/${bytes}`, 0) };
  agent.destroy();
  const compared = (pair: { bare: number; through: number }): object => ({
    bare: Math.round(pair.bare),
    through: Math.round(pair.through),
    ratio: round(pair.through / pair.bare),
  });
  return {
    requests,
    idle: {
      ...latency,
      addedMs: {
        p50: round(latency.through.p50Ms - latency.bare.p50Ms),
        p95: round(latency.through.p95Ms - latency.bare.p95Ms),
        p99: round(latency.through.p99Ms - latency.bare.p99Ms),
      },
      ratioP99: round(latency.through.p99Ms / latency.bare.p99Ms),
    },
    requestsPerSecondOf16: compared(perSecond),
    uploadMiBPerSecond: compared(upload),
    downloadMiBPerSecond: compared(download),
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const { values } = parseArgs({
  options: { upstream: { type: "boolean" }, requests: { type: "string", default: "4000" }, mebibytes: { type: "string", default: "256" } },
});
if (values.upstream === true) serveUpstream();
else process.stdout.write(`${JSON.stringify(await bench(Number(values.requests), Number(values.mebibytes)), null, 2)}\n`);
