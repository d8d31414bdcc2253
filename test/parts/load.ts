import { setTimeout as sleep } from "node:timers/promises";

/** What users do: most read, some write; each write carries a token that is looked for afterwards. */
export interface LoadOptions {
  readonly baseUrl: string;
  readonly database: string;
  /** One API key for each concurrent user. */
  readonly apiKeys: readonly string[];
  readonly operations: readonly Operation[];
  readonly pauseMs: number;
  readonly timeoutMs: number;
}

export interface Failure {
  readonly at: string;
  readonly operation: string;
  readonly seen: string;
}

export interface Load {
  /** Requests answered so far, failures included. */
  requests(): number;
  failures(): readonly Failure[];
  /** Tokens of writes that Odoo acknowledged. */
  acknowledged(): readonly string[];
  /** Longest time a request took, in milliseconds. */
  slowestMs(): number;
  stop(): Promise<void>;
}

/** One thing that a user does over `/json/2`. */
export interface Operation {
  readonly name: string;
  readonly model: string;
  readonly method: string;
  /** @param turn grows with every request of one user; different for each user */
  readonly body: (token: string, turn: number) => Record<string, unknown>;
  /** An acknowledged one is looked for afterwards by its token. */
  readonly writes: boolean;
}

/** Starts one loop for each API key against the gateway. */
export function startLoad(options: LoadOptions): Load {
  const state = { stopped: false, requests: 0, slowestMs: 0, failures: [] as Failure[], acknowledged: [] as string[] };
  const loops = options.apiKeys.map((key, user) => userLoop(options, key, user, state));
  return {
    requests: () => state.requests,
    failures: () => state.failures,
    acknowledged: () => state.acknowledged,
    slowestMs: () => state.slowestMs,
    async stop() {
      state.stopped = true;
      await Promise.all(loops);
    },
  };
}

async function userLoop(
  options: LoadOptions,
  key: string,
  user: number,
  state: { stopped: boolean; requests: number; slowestMs: number; failures: Failure[]; acknowledged: string[] },
): Promise<void> {
  for (let turn = 0; !state.stopped; turn++) {
    const operation = pick(options.operations, turn + user);
    const token = `load-${user}-${turn}-${Math.random().toString(36).slice(2, 10)}`;
    const startedMs = performance.now();
    const seen = await call(options, key, operation, operation.body(token, turn * 7 + user));
    state.requests += 1;
    state.slowestMs = Math.max(state.slowestMs, performance.now() - startedMs);
    if (seen !== null) state.failures.push({ at: new Date().toISOString(), operation: operation.name, seen });
    else if (operation.writes) state.acknowledged.push(token);
    await sleep(options.pauseMs);
  }
}

/** @returns null when Odoo answered as it should, otherwise what was seen */
async function call(options: LoadOptions, key: string, operation: Operation, body: Record<string, unknown>): Promise<string | null> {
  try {
    const response = await fetch(`${options.baseUrl}/json/2/${operation.model}/${operation.method}`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", "x-odoo-database": options.database },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(options.timeoutMs),
    });
    const text = await response.text();
    if (response.status !== 200) return `${response.status} ${text.slice(0, 200)}`;
    const answer: unknown = JSON.parse(text);
    return answer === false || answer === null ? `200 ${text.slice(0, 80)}` : null;
  } catch (error) {
    return error instanceof Error
      ? `${error.name}: ${error.message} ${error.cause instanceof Error ? error.cause.message : ""}`
      : String(error);
  }
}

export function pick<T>(items: readonly T[], turn: number): T {
  const item = items[turn % items.length];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}
