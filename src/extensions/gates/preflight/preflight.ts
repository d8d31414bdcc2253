import { z } from "zod";
import type { ModuleLag } from "../../../domain/fleet/environment.ts";
import type { Digest } from "../../../domain/shared/digest.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import type { Base, ReleaseContent } from "../../../domain/release/release.ts";
import type { InstalledModule } from "../../../domain/fleet/facts.ts";
import { verdictOf, type EvidenceRow, type Verdict } from "../../../domain/verdict/verdict.ts";
import type { GateKind, ItemContext } from "../../../app/ports/step.ts";
import { digestSchema, lagSchema, plannedCheckSchema, type PlannedCheck } from "../../../app/ports/schema.ts";
import { diskFreeBytes } from "../../../odoo/analysis/disk-need.ts";
import { moduleUniverse } from "../../../odoo/analysis/module-universe.ts";
import { isPreCheckRow, preCheckReason, preCheckRows } from "../../../odoo/analysis/pre-check-rows.ts";
import { defaultTransactionMsMax, judgePreflight } from "../../../odoo/analysis/preflight.ts";
import { readModules } from "../../../odoo/inventory/modules.ts";
import { askPreChecks } from "../../../odoo/inventory/pre-check-reads.ts";
import { readPreflightFacts } from "../../../odoo/inventory/preflight-reads.ts";

type Input = {
  readonly database: string;
  readonly release: Digest;
  /** `code-only`: no clone and no update, so disk, links and rights don't matter. */
  readonly path?: "code-only" | undefined;
  /** Versions that code-only releases raised; absent: none. */
  readonly lag?: readonly ModuleLag[] | undefined;
  /** What the data must be like for the update to do all that it should; absent: nothing was predicted, or nothing is asked. */
  readonly checks?: readonly PlannedCheck[] | undefined;
};
type Needs = "tenant-database" | "filestore" | "runtime" | "release-library";

/** Everything that would make the update fail and can be known while users work undisturbed. */
export const preflight: GateKind<Input, Needs> = {
  id: "preflight",
  summary: "Check that the update can succeed",
  phase: "before",
  input: z.strictObject({
    database: z.string().min(1),
    release: digestSchema,
    path: z.literal("code-only").optional(),
    lag: lagSchema.optional(),
    checks: z.array(plannedCheckSchema).optional(),
  }),
  needs: ["tenant-database", "filestore", "runtime", "release-library"],
  limits: { timeoutMs: 300_000 },

  async evaluate(cx, input) {
    const { "tenant-database": tenant, "release-library": releases } = cx.use;
    await tenant.claim();
    await releases.verify(input.release);
    const release = await releases.content(input.release);
    const base = await releases.base(cx.environment.runtime.odoo);
    const [modules, database] = await tenant.read(
      input.database,
      async (sql) => [await readModules(sql), await readPreflightFacts(sql)] as const,
    );
    const rows = judgePreflight({
      at: cx.clock.now(),
      facts: { modules },
      database,
      release,
      base,
      missingDependencies: await missingDependencies(cx, modules, base, release),
      links: await linksOf(cx, input.database),
      diskFreeBytes: diskFreeBytes(cx.environment.database, await measuredFree(cx, input.database)),
      lastBackupAt: null,
      transactionMsMax: defaultTransactionMsMax,
      recorded: {
        serving: cx.plan.from === null ? null : await releases.content(cx.plan.from.digest),
        lag: input.lag ?? [],
        updated: cx.plan.impact.closure,
      },
      path: input.path,
    });
    rows.push(...(await checkRows(cx, input)));
    return inWords(cx, verdictOf(rows, `Nothing stands in the way of the ${input.path === "code-only" ? "new code" : "update"}.`));
  },

  describe: (input) =>
    input.path === "code-only"
      ? "Check, without disturbing anybody, that the new code can serve the database as it is."
      : `Check, without disturbing anybody, that the update can succeed${questions(input.checks ?? [])}.`,
};

function questions(checks: readonly PlannedCheck[]): string {
  if (checks.length === 0) return "";
  const asked = checks.map((check) => check.what.replace(/[.]$/, "")).join("; ");
  return `, and that the data are as it needs them: ${asked}`;
}

async function checkRows(cx: ItemContext<Needs>, { database, checks = [] }: Input): Promise<EvidenceRow[]> {
  if (checks.length === 0) return [];
  cx.progress(null, "asking whether the data are as the update needs them");
  const answers = await cx.use["tenant-database"].read(database, (sql) => askPreChecks(sql, checks));
  const asked = checks.map((check, index) => ({ check, answer: answers[index] ?? { kind: "unanswered" as const, why: "not asked" } }));
  return preCheckRows({ asked, rehearsing: cx.plan.kind === "rehearsal", at: cx.clock.now() });
}

/** Data that stand in the way are said in the words of the business, with what lifts it. */
function inWords(cx: ItemContext<Needs>, verdict: Verdict): Verdict {
  const failed = verdict.rows.filter((row) => row.outcome === "failed");
  const [first] = failed;
  if (first === undefined || !failed.every(isPreCheckRow)) return verdict;
  const more = failed.length === 1 ? "" : ` (And ${failed.length - 1} more.)`;
  return { ...verdict, reason: `${preCheckReason(first, cx.deployment.change)}${more}` };
}

async function missingDependencies(
  cx: ItemContext<Needs>,
  modules: readonly InstalledModule[],
  base: Base,
  release: ReleaseContent,
): Promise<readonly string[] | null> {
  const universe = moduleUniverse(base, release);
  const needed = modules.flatMap(({ name }) => universe.get(name) ?? []);
  const python = new Set(needed.flatMap((module) => module.externalDependencies.python));
  const bin = new Set(needed.flatMap((module) => module.externalDependencies.bin));
  try {
    const missing = await cx.use.runtime.missingDependencies({ python: [...python], bin: [...bin] });
    const by = (kind: "python" | "bin", what: string): string =>
      `${kind}: ${what} (${needed
        .filter((module) => module.externalDependencies[kind].includes(what))
        .map((module) => module.name)
        .join(", ")})`;
    return [...missing.python.map((what) => by("python", what)), ...missing.bin.map((what) => by("bin", what))];
  } catch (error) {
    if (error instanceof PlimsollError && error.code !== "LEASE_LOST" && error.code !== "EPOCH_SUPERSEDED") return null;
    throw error;
  }
}

async function linksOf(cx: ItemContext<Needs>, database: string): Promise<{ possible: boolean; why: string | null }> {
  try {
    // A database that never stored an attachment has no tree, and nothing to link.
    if (await cx.use.filestore.exists(database)) await cx.use.filestore.checkLinks(database);
    return { possible: true, why: null };
  } catch (error) {
    if (error instanceof PlimsollError) return { possible: false, why: error.message };
    throw error;
  }
}

/** Of the data directory's file system, where a database on the same machine usually lies too. */
async function measuredFree(cx: ItemContext<Needs>, database: string): Promise<number | null> {
  if (!(await cx.use.filestore.exists(database))) return null;
  return (await cx.use.filestore.measure(database)).diskFreeBytes;
}
