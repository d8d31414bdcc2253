import type { AnalysisGround } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import type { ModuleSource } from "../../../domain/release/module-source.ts";

interface Power {
  readonly rule: string;
  readonly what: string;
}

const past: Power = { rule: "sudo-added", what: "goes past access rights" };
const sql: Power = { rule: "raw-sql-added", what: "runs SQL of its own" };
const evaluates: Power = { rule: "evaluation-added", what: "runs text as code" };
const powers: Readonly<Record<string, Power>> = {
  sudo: past,
  with_user: past,
  execute: sql,
  executemany: sql,
  execute_query: sql,
  execute_query_dict: sql,
  eval: evaluates,
  exec: evaluates,
  safe_eval: evaluates,
};

interface Code {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly digest: string;
  readonly powers: readonly string[];
}

/** Methods that call what they didn't call before: `sudo`, raw SQL, evaluation. Without an old release there is nothing to compare. */
export function* codePowers({ before, after }: AnalysisGround): Iterable<Finding> {
  if (before === null) return;
  for (const module of after.order) {
    const source = after.universe.get(module);
    if (source === undefined || !after.own.has(module)) continue;
    const old = new Map(codeOf(before.universe.get(module)).map((code) => [code.name, code]));
    // A method that moved to another class or got another name is no new power.
    const moved = new Set([...old.values()].flatMap(({ digest }) => (digest === "" ? [] : [digest])));
    for (const code of codeOf(source)) {
      if (moved.has(code.digest)) continue;
      const had = new Set(old.get(code.name)?.powers.map((call) => powers[call]?.rule));
      const gained = Map.groupBy(
        code.powers.filter((call) => powers[call] !== undefined && !had.has(powers[call].rule)),
        (call) => powers[call],
      );
      for (const [power, calls] of gained)
        if (power !== undefined)
          yield {
            rule: power.rule,
            severity: "note",
            module,
            file: code.file,
            line: code.line,
            what: `${code.name} ${power.what}, and did not before.`,
            meaning: null,
            evidence: calls.map((call) => `${call}(…)`),
          };
    }
  }
}

function codeOf(source: ModuleSource | undefined): Code[] {
  return (source?.python ?? []).flatMap(({ file, classes, routes, functions }) => [
    ...classes.flatMap(({ name, className, methods }) =>
      methods.map((method) => ({
        name: `${name ?? className}.${method.name}`,
        file,
        line: method.line,
        digest: method.digest,
        powers: method.powers ?? [],
      })),
    ),
    ...routes.map(({ className, method, line, powers: calls = [] }) => ({
      name: `${className}.${method}`,
      file,
      line,
      digest: "",
      powers: calls,
    })),
    ...functions.map(({ name, line, calls }) => ({
      name,
      file,
      line,
      digest: "",
      powers: calls.map((call) => call.slice(call.lastIndexOf(".") + 1)),
    })),
  ]);
}
