import { setTimeout as sleep } from "node:timers/promises";
import { quantile } from "./statistics.ts";

/** One thing that a browser asks of Odoo; errors come with HTTP 200 and are in the body. */
export interface WebCall {
  readonly name: string;
  readonly model: string;
  readonly method: string;
  readonly args: (token: string) => readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** Whether an answer without an error has in it what it must have. */
  readonly holds: (result: unknown) => boolean;
}

/** `failed`: no answer, or not HTTP 200. `wrong`: HTTP 200 with an error in it, or without what it must have. */
export interface Sample {
  readonly user: number;
  readonly name: string;
  readonly atMs: number;
  readonly endMs: number;
  readonly seen: "right" | "failed" | "wrong";
  readonly said: string;
}

export interface MeasuredLoad {
  /** Ends it, waiting for the answers that are due. */
  stop(): Promise<readonly Sample[]>;
}

export interface MeasuredLoadOptions {
  readonly baseUrl: string;
  readonly database: string;
  readonly logins: readonly { readonly login: string; readonly password: string }[];
  readonly calls: readonly WebCall[];
  readonly pauseMs: number;
}

const timeoutMs = 120_000;

/** One user per login, each asking one thing after the other; nothing is asked again. */
export async function startMeasuredLoad(options: MeasuredLoadOptions): Promise<MeasuredLoad> {
  const cookies: string[] = [];
  for (const { login, password } of options.logins) cookies.push(await logIn(options, login, password));
  const samples: Sample[] = [];
  const state = { stopped: false };
  const loops = cookies.map(async (cookie, user) => {
    for (let turn = user; !state.stopped; turn++) {
      const call = options.calls[turn % options.calls.length];
      if (call === undefined) return;
      const atMs = performance.now();
      const answer = await ask(options, cookie, call, `bench-${user}-${turn}`);
      samples.push({ user, name: call.name, atMs, endMs: performance.now(), ...answer });
      await sleep(options.pauseMs * (0.5 + Math.random()));
    }
  });
  return {
    async stop() {
      state.stopped = true;
      await Promise.all(loops);
      return samples;
    },
  };
}

async function logIn({ baseUrl, database }: MeasuredLoadOptions, login: string, password: string): Promise<string> {
  const response = await fetch(`${baseUrl}/web/session/authenticate`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", method: "call", params: { db: database, login, password } }),
  });
  const cookie = response.headers.getSetCookie().find((each) => each.startsWith("session_id="));
  const { error } = (await response.json()) as { error?: unknown };
  if (cookie === undefined || error !== undefined) throw new Error(`${login} can't log in: ${JSON.stringify(error)}`);
  return cookie.split(";")[0] ?? "";
}

async function ask({ baseUrl }: MeasuredLoadOptions, cookie: string, call: WebCall, token: string): Promise<Pick<Sample, "seen" | "said">> {
  try {
    const { model, method, kwargs } = call;
    const response = await fetch(`${baseUrl}/web/dataset/call_kw/${model}/${method}`, {
      method: "POST",
      headers: { "content-type": "application/json", cookie },
      body: JSON.stringify({ jsonrpc: "2.0", method: "call", params: { model, method, args: call.args(token), kwargs } }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    if (response.status !== 200) return { seen: "failed", said: `${response.status} ${text.slice(0, 120)}` };
    const { error, result } = JSON.parse(text) as { error?: { data?: { message?: string } }; result?: unknown };
    if (error !== undefined) return { seen: "wrong", said: error.data?.message?.slice(0, 200) ?? "an error in the body" };
    return call.holds(result) ? { seen: "right", said: "" } : { seen: "wrong", said: `lacks what was asked for: ${text.slice(0, 120)}` };
  } catch (error) {
    return { seen: "failed", said: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

export interface LoadFigures {
  readonly requests: number;
  readonly failed: number;
  readonly wrong: number;
  readonly p99Ms: number;
  /** Longest that a user waited for a right answer, from the first asking on, however often it was asked. */
  readonly longestWaitMs: number;
  /** What was said most often instead of a right answer. */
  readonly said: readonly string[];
}

/** What users saw of the requests that they made between two moments, of `performance.now()`. */
export function loadFigures(samples: readonly Sample[], fromMs: number, toMs: number): LoadFigures {
  const inside = samples.filter((sample) => sample.atMs >= fromMs && sample.atMs < toMs);
  const bad = inside.filter((sample) => sample.seen !== "right");
  return {
    requests: inside.length,
    failed: bad.filter((sample) => sample.seen === "failed").length,
    wrong: bad.filter((sample) => sample.seen === "wrong").length,
    p99Ms: quantile(
      inside.map((sample) => sample.endMs - sample.atMs),
      0.99,
    ),
    longestWaitMs: Math.max(
      0,
      ...[...new Set(inside.map((sample) => `${sample.user} ${sample.name}`))].map((who) => longestWait(samples, inside, who)),
    ),
    said: [...new Set(bad.map((sample) => `${sample.name}: ${sample.said}`))].slice(0, 5),
  };
}

/** Of one user and one thing asked: until it is answered rightly, the first asking counts. */
function longestWait(samples: readonly Sample[], inside: readonly Sample[], who: string): number {
  const own = samples.filter((sample) => `${sample.user} ${sample.name}` === who).sort((a, b) => a.atMs - b.atMs);
  let since: number | null = null;
  let longest = 0;
  for (const sample of own) {
    if (since === null && !inside.includes(sample)) continue;
    since ??= sample.atMs;
    longest = Math.max(longest, sample.endMs - since);
    if (sample.seen === "right") since = null;
  }
  return longest;
}
