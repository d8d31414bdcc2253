import { noAnswers, type AnswersSeen } from "../../../domain/fleet/answers.ts";
import type { UpstreamTraffic } from "../../../app/ports/gateway.ts";
import type { GenerationStatus, HealthReport } from "../../../app/ports/odoo-runtime.ts";
import type { ItemContext } from "../../../app/ports/step.ts";
import type { Watched } from "../../../odoo/analysis/verification.ts";
import { verificationLimits } from "../../../odoo/analysis/verification-limits.ts";
import { readBackgroundLag, readLockWaits } from "../../../odoo/inventory/serving-reads.ts";
import { servingErrors } from "../../../odoo/server/serving-errors.ts";

export type WatchNeeds = "gateway" | "runtime" | "tenant-database";

const sqlEveryMs = 5_000;
const healthEveryMs = 10_000;
const kindsMax = 50;

interface LogKind {
  readonly line: string;
  readonly critical: boolean;
  readonly times: Set<string>;
}

/** Looks at a new release again and again, and remembers what was seen. */
export class Watch {
  readonly #cx: ItemContext<WatchNeeds>;
  readonly #of: { readonly generation: string; readonly database: string };
  #whole = 0;
  #failed = 0;
  #route: Watched["route"] = { right: false, seen: "not asked", expected: "" };
  #answers: AnswersSeen = noAnswers;
  #state = "not asked";
  #downLooks = 0;
  #health: Watched["health"] = { asked: 0, unhealthyInARow: 0, checks: [] };
  #locks: Watched["locks"] = { asked: 0, looksWithWaits: 0, worst: [] };
  #background: Watched["background"] = { cronsDue: 0, oldestDueMs: null, jobsWaiting: null };
  readonly #newErrors = new Map<string, LogKind>();
  readonly #oldErrors = new Set<string>();
  #compared = false;
  #sqlMs = Number.NEGATIVE_INFINITY;
  #healthMs = Number.NEGATIVE_INFINITY;

  constructor(cx: ItemContext<WatchNeeds>, of: { readonly generation: string; readonly database: string }) {
    this.#cx = cx;
    this.#of = of;
  }

  /** @param whole ask everything, whenever it was asked last */
  async look(whole: boolean): Promise<void> {
    const { clock, use } = this.#cx;
    const nowMs = clock.monotonicMs();
    try {
      const statuses = await use.runtime.generations();
      const status = statuses.find((each) => each.generation.id === this.#of.generation);
      await this.#lookAtGateway(status);
      this.#lookAtWorkers(status, statuses);
      if (whole || nowMs - this.#sqlMs >= sqlEveryMs) {
        await this.#lookAtDatabase();
        this.#sqlMs = nowMs;
      }
      if (whole || this.asksAgain || nowMs - this.#healthMs >= healthEveryMs) {
        if (status !== undefined) this.#heed(await use.runtime.health(status.generation));
        this.#healthMs = nowMs;
      }
    } catch (error) {
      this.#failed++;
      throw error;
    }
    this.#whole++;
  }

  /** The last question wasn't answered well, and it takes more than that to say that nothing will be. */
  get asksAgain(): boolean {
    const { unhealthyInARow } = this.#health;
    return unhealthyInARow > 0 && unhealthyInARow < verificationLimits.unhealthyInARowMax;
  }

  /** In a few words, for who watches the watch. */
  get sentence(): string {
    const { answers, serverErrors, errorsInBody } = this.#answers;
    return `${answers} answers, ${serverErrors + errorsInBody} errors`;
  }

  seen(time: { readonly sinceReopeningMs: number; readonly soakMs: number }, baseline: AnswersSeen | null): Watched {
    return {
      ...time,
      at: this.#cx.clock.now(),
      looks: { whole: this.#whole, failed: this.#failed },
      route: this.#route,
      answers: this.#answers,
      baseline,
      workers: { state: this.#state, downLooks: this.#downLooks },
      health: this.#health,
      locks: this.#locks,
      background: this.#background,
      log: {
        newErrors: [...this.#newErrors]
          .filter(([kind]) => !this.#oldErrors.has(kind))
          .map(([, { line, critical, times }]) => ({ line, critical, times: times.size })),
        compared: this.#compared,
      },
    };
  }

  async #lookAtGateway(status: GenerationStatus | undefined): Promise<void> {
    const gateway = await this.#cx.use.gateway.status(this.#cx.environment.name);
    const port = status?.generation.webPort ?? null;
    const route = gateway?.route ?? null;
    const expected = `pass to port ${port ?? "of the new workers"}`;
    const seen = route === null ? "no route" : `${route.mode} to port ${route.upstream?.webPort ?? "of nobody"}`;
    this.#route = { right: port !== null && seen === expected, seen, expected };
    const traffic = gateway?.traffic.find(({ upstream }) => upstream.webPort === port);
    this.#answers = traffic === undefined ? noAnswers : answersOf(traffic);
  }

  #lookAtWorkers(status: GenerationStatus | undefined, all: readonly GenerationStatus[]): void {
    this.#state = status?.web ?? "not there";
    if (this.#state !== "running") this.#downLooks++;
    for (const error of servingErrors(status?.logTail ?? [], this.#of.database)) {
      const known = this.#newErrors.get(error.kind);
      if (known !== undefined) {
        if (known.times.size < kindsMax) known.times.add(error.at);
      } else if (this.#newErrors.size < kindsMax) this.#newErrors.set(error.kind, { ...error, times: new Set([error.at]) });
    }
    for (const other of all) {
      if (other === status || other.web !== "running") continue;
      this.#compared = true;
      for (const error of servingErrors(other.logTail, this.#of.database)) this.#oldErrors.add(error.kind);
    }
  }

  async #lookAtDatabase(): Promise<void> {
    const [waits, background] = await this.#cx.use["tenant-database"].read(
      this.#of.database,
      async (sql) => [await readLockWaits(sql), await readBackgroundLag(sql)] as const,
    );
    const long = waits.filter((wait) => wait.waitedMs > verificationLimits.lockMsMax);
    const words = long.map((wait) => `process ${wait.pid} (${wait.application}) for ${Math.round(wait.waitedMs / 1000)} s on ${wait.what}`);
    this.#locks = {
      asked: this.#locks.asked + 1,
      looksWithWaits: this.#locks.looksWithWaits + (long.length > 0 ? 1 : 0),
      worst: long.length > 0 ? words : this.#locks.worst,
    };
    this.#background = background;
  }

  #heed(report: HealthReport): void {
    this.#health = {
      asked: this.#health.asked + 1,
      unhealthyInARow: report.healthy ? 0 : this.#health.unhealthyInARow + 1,
      checks: report.checks,
    };
  }
}

function answersOf(traffic: UpstreamTraffic): AnswersSeen {
  const { upstream: _, inFlight: __, ...answers } = traffic;
  return answers;
}
