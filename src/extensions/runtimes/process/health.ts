import { request } from "node:http";
import type { Generation, HealthReport } from "../../../app/ports/odoo-runtime.ts";

type Check = HealthReport["checks"][number];
interface Answer {
  readonly status: number;
  readonly body: string;
}

const answerMs = 15_000;
const bodyBytesMax = 32 * 1024 * 1024;

/**
 * Asks a generation's own ports: the process, the login page (which needs the database and the registry), one style sheet and one
 * script of that page, and the websocket port where there is one.
 */
export async function checkHealth(generation: Generation): Promise<HealthReport> {
  const alive = await ask(generation.webPort, "/web/health");
  const checks = [statusCheck("/web/health", alive)];
  if (checks[0]?.ok !== true) return { healthy: false, checks };
  const login = await ask(generation.webPort, "/web/login");
  checks.push(statusCheck("/web/login", login));
  if (login.kind === "answer" && login.status === 200) {
    for (const kind of ["css", "js"] as const) checks.push(await assetCheck(generation.webPort, kind, login.body));
  }
  if (generation.websocketPort !== null)
    checks.push(statusCheck("/websocket/health", await ask(generation.websocketPort, "/websocket/health")));
  return { healthy: checks.every((check) => check.ok) && checks.length >= 4, checks };
}

/** Health over and over until it is good, the bound is reached or the signal comes; the last answer is returned. */
export async function pollHealth(
  check: () => Promise<HealthReport>,
  bound: {
    readonly boundMs: number;
    readonly signal: AbortSignal;
    readonly pauseMs: number;
    readonly nowMs: () => number;
    readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  },
): Promise<HealthReport> {
  const deadlineMs = bound.nowMs() + bound.boundMs;
  for (;;) {
    const report = await check();
    if (report.healthy || bound.nowMs() >= deadlineMs) return report;
    bound.signal.throwIfAborted();
    await bound.sleep(Math.min(bound.pauseMs, Math.max(1, deadlineMs - bound.nowMs())), bound.signal);
  }
}

async function assetCheck(port: number, kind: "css" | "js", page: string): Promise<Check> {
  const pattern = kind === "css" ? /href="(\/[^"]+\.css(?:\?[^"]*)?)"/ : /src="(\/[^"]+\.js(?:\?[^"]*)?)"/;
  const path = pattern.exec(page)?.[1]?.replaceAll("&amp;", "&");
  if (path === undefined) return { name: kind, ok: false, seen: `the login page links to no ${kind}` };
  const answer = await ask(port, path);
  if (answer.kind === "error") return { name: kind, ok: false, seen: answer.message };
  return {
    name: kind,
    ok: answer.status === 200 && answer.body.length > 0,
    seen: `${path} ${answer.status}, ${answer.body.length} characters`,
  };
}

function statusCheck(name: string, answer: Outcome): Check {
  return answer.kind === "error"
    ? { name, ok: false, seen: answer.message }
    : { name, ok: answer.status === 200, seen: String(answer.status) };
}

type Outcome = ({ readonly kind: "answer" } & Answer) | { readonly kind: "error"; readonly message: string };

function ask(port: number, path: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const fail = (error: Error): void => resolve({ kind: "error", message: (error as NodeJS.ErrnoException).code ?? error.message });
    // A new connection for each question: a prefork worker that keeps one open serves nobody else meanwhile.
    const call = request({ host: "127.0.0.1", port, path, agent: false, headers: { connection: "close" } }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > bodyBytesMax) call.destroy(new Error("the answer is oversized"));
        else chunks.push(chunk);
      });
      response.on("error", fail);
      response.on("end", () => resolve({ kind: "answer", status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }));
    });
    call.setTimeout(answerMs, () => call.destroy(new Error(`no answer within ${answerMs} ms`)));
    call.on("error", fail);
    call.end();
  });
}
