import { setTimeout as sleep } from "node:timers/promises";

/** What users do: most read, some write; each write carries a token that is looked for afterwards. */
export interface LoadOptions {
  readonly baseUrl: string;
  readonly database: string;
  /** One API key for each concurrent user. */
  readonly apiKeys: readonly string[];
  readonly projectId: number;
  readonly taskIds: readonly number[];
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

interface Operation {
  readonly name: string;
  readonly model: string;
  readonly method: string;
  readonly body: (token: string, options: LoadOptions, turn: number) => Record<string, unknown>;
  readonly writes: boolean;
}

const operations: readonly Operation[] = [
  { name: "read tasks", model: "project.task", method: "search_read", writes: false, body: () => ({ domain: [], fields: ["name", "customer_rating", "delivery_note", "stage_id"], limit: 20 }) },
  {
    name: "log time",
    model: "account.analytic.line",
    method: "create",
    writes: true,
    body: (token, options, turn) => ({ vals_list: [{ name: token, project_id: options.projectId, task_id: pick(options.taskIds, turn), unit_amount: 0.25 }] }),
  },
  { name: "read hours", model: "account.analytic.line", method: "search_read", writes: false, body: () => ({ domain: [], fields: ["name", "unit_amount"], limit: 10, order: "id desc" }) },
  { name: "read partners", model: "res.partner", method: "search_read", writes: false, body: () => ({ domain: [], fields: ["name", "email"], limit: 10 }) },
  { name: "rate a task", model: "project.task", method: "write", writes: false, body: (_token, options, turn) => ({ ids: [pick(options.taskIds, turn)], vals: { customer_rating: turn % 5 } }) },
];

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
    const operation = pick(operations, turn + user);
    const token = `demo-${user}-${turn}-${Math.random().toString(36).slice(2, 10)}`;
    const startedMs = performance.now();
    const seen = await call(options, key, operation, operation.body(token, options, turn * 7 + user));
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
    return error instanceof Error ? `${error.name}: ${error.message} ${error.cause instanceof Error ? error.cause.message : ""}` : String(error);
  }
}

function pick<T>(items: readonly T[], turn: number): T {
  const item = items[turn % items.length];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}
