import type { ImpactClass } from "../../../domain/impact/impact.ts";
import type { Uncertainty } from "../../../domain/impact/prediction.ts";
import type { FunctionDeclaration, ModuleSource, ScriptSource } from "../../../domain/release/module-source.ts";
import { expectedScripts } from "../expected-scripts.ts";
import type { UpdateQuestion } from "./update-question.ts";
import { codeEffects, type Run } from "./code-effects.ts";

export interface RunGround extends UpdateQuestion {
  /** Models whose schema is looked at. */
  readonly touched: ReadonlySet<string>;
}

/** A reason why the class is at least so high, and what can't be told. */
export interface Risk {
  readonly atLeast: ImpactClass;
  readonly why: string;
  readonly uncertain: readonly Uncertainty[];
}

/** Code of the release that the update runs once: migration scripts, hooks of new modules, changed `init`. */
export function codeThatRuns(ground: RunGround): Risk[] {
  return [...scripts(ground), ...hooks(ground), ...initialisations(ground)];
}

function scripts(ground: RunGround): Risk[] {
  return scriptsThatRun(ground).flatMap(({ name, file, script }) =>
    riskOf(script?.migrate ?? null, `The migration script ${name}/${script?.file ?? file} runs`),
  );
}

export interface ScriptRun {
  readonly name: string;
  readonly file: string;
  readonly script: ScriptSource | undefined;
}

/** Of updated modules; each module's in the order in which Odoo runs them. */
export function scriptsThatRun({
  before,
  after,
  tenant,
  updated,
}: Pick<RunGround, "before" | "after" | "tenant" | "updated">): ScriptRun[] {
  const versions = new Map(tenant?.facts.modules.map((module) => [module.name, module.version]));
  return [...updated].sort().flatMap((name) => {
    const source = after.universe.get(name);
    const version = source?.manifest?.version ?? null;
    if (source === undefined || version === null) return [];
    const from =
      tenant === null ? withSeries(before.universe.get(name)?.manifest?.version ?? null, before.series) : (versions.get(name) ?? null);
    const facts = {
      name,
      version: withSeries(version, after.series) ?? version,
      migrationScripts: source.scripts.map((script) => script.file),
    };
    return expectedScripts(facts, from, after.series).map(({ version: folder, file }) => {
      const script = source.scripts.find((one) => one.file.endsWith(`/${folder}/${file}`));
      return { name, file, script };
    });
  });
}

/** As Odoo does with versions of fewer than four parts. */
function withSeries(version: string | null, series: string): string | null {
  return version === null || version.startsWith(`${series}.`) || version.split(".").length > 3 ? version : `${series}.${version}`;
}

function hooks({ after, installed }: RunGround): Risk[] {
  return installed.flatMap((name) => {
    const source = after.universe.get(name);
    return Object.entries(source?.manifest?.hooks ?? {}).flatMap(([hook, called]) =>
      hook === "pre_init_hook" || hook === "post_init_hook" ? riskOf(functionNamed(source, called), `The ${hook} of ${name} runs`) : [],
    );
  });
}

function functionNamed(source: ModuleSource | undefined, name: string): FunctionDeclaration | null {
  for (const file of source?.python ?? []) for (const one of file.functions) if (one.name === name) return one;
  return null;
}

/** `init` and `_auto_init` run with every update of a model; what they did the last time they do again. */
function initialisations({ before, after, touched }: RunGround): Risk[] {
  return [...touched].flatMap((name) => {
    const model = after.registry.models.get(name);
    if (model === undefined) return [];
    const known = before.registry.models.get(name);
    return ["init", "_auto_init"].flatMap((method) => {
      const old = new Set(known?.methods.get(method)?.map((one) => one.digest));
      const fresh = (model.methods.get(method) ?? []).filter((one) => !old.has(one.digest) && one.file !== "");
      return fresh.flatMap((one) => {
        const why = `${method} of ${name} in ${one.module}/${one.file}:${one.line} is new or changed`;
        if (one.runs !== undefined) return riskOf(one.runs, why);
        return [
          {
            atLeast: "K3" as const,
            why: `${why}.`,
            uncertain: [{ touches: `* of ${model.table}`, why: `${why}, and what it does to the database can't be told.` }],
          },
        ];
      });
    });
  });
}

function riskOf(run: Run | null, what: string): Risk[] {
  const { effects, unreadable } = codeEffects(run);
  const worst =
    effects
      .map((effect) => effect.atLeast)
      .sort()
      .at(-1) ?? "K2";
  const calls = unreadable.length === 0 ? "" : ` (${unreadable.slice(0, 5).join(", ")})`;
  const touches = [...new Set(effects.map((effect) => effect.touches))].sort();
  const unknown = effects.some((effect) => effect.touches === "*");
  return [
    {
      atLeast: worst,
      why: unknown ? `${what}, and what it does can't all be told${calls}.` : `${what}.`,
      uncertain: touches.map((one) => ({ touches: one, why: `${what}${calls}.` })),
    },
  ];
}
