import type { ImpactClass } from "../../../domain/impact/impact.ts";

/** What an SQL text may do to a database. */
export interface Effect {
  readonly atLeast: ImpactClass;
  /** As `Uncertainty` has it: `columns of project_task`. */
  readonly touches: string;
}

const name = String.raw`(?:only\s+|if\s+(?:not\s+)?exists\s+)*(?<table>"?[a-z_][\w$.]*"?)?`;

/** The first that fits counts. */
const statements: readonly (readonly [RegExp, ImpactClass, string])[] = [
  [/^(?:select|explain|show|set|analyze|analyse|vacuum|reset|savepoint|release|lock|comment|grant|refresh)\b/, "K2", "nothing"],
  [new RegExp(String.raw`^insert\s+into\s+${name}`), "K2", "records"],
  [new RegExp(String.raw`^update\s+${name}`), "K2", "records"],
  [new RegExp(String.raw`^delete\s+from\s+${name}`), "K5", "records"],
  [new RegExp(String.raw`^truncate\s+(?:table\s+)?${name}`), "K5", "records"],
  [new RegExp(String.raw`^create\s+(?:unlogged\s+)?table\s+${name}`), "K3", "tables"],
  [/^create\s+(?:unique\s+)?index\b/, "K3", "indexes"],
  [/^(?:create|drop)\s+(?:or\s+replace\s+)?(?:materialized\s+)?view\b/, "K3", "views"],
  [/^drop\b.*\bcascade$/s, "K5", "columns"],
  [/^(?:create|drop)\s+(?:or\s+replace\s+)?(?:index|function|extension|sequence|trigger|aggregate)\b/, "K3", "indexes"],
  [new RegExp(String.raw`^drop\s+table\s+${name}`), "K5", "tables"],
];

/** Of each action of `ALTER TABLE`. */
const actions: readonly (readonly [RegExp, ImpactClass, string])[] = [
  [/^drop\s+constraint\b/, "K3", "constraints"],
  [/^alter\s+(?:column\s+)?\S+\s+(?:drop\s+not\s+null|drop\s+default|set\s+default\b)/, "K3", "columns"],
  [/^alter\s+(?:column\s+)?\S+\s+(?:set\s+data\s+)?type\b/, "K4", "columns"],
  [/^alter\s+(?:column\s+)?\S+\s+set\s+not\s+null\b/, "K4", "columns"],
  [/^add\s+(?:constraint|unique|check|primary|foreign|exclude)\b/, "K4", "constraints"],
  [/^add\b/, "K3", "columns"],
  [/^(?:validate\s+constraint|(?:enable|disable)\s+trigger)\b/, "K3", "constraints"],
  [/^(?:drop|rename)\b/, "K5", "columns"],
];

/** Rows and structure that many things hang on: a changed line makes Odoo delete, install or keep something else. */
const ledgers = /^(?:ir_model|ir_model_(?:data|fields|fields_selection|constraint|relation|inherit)|ir_module_module(?:_dependency)?)$/;

const longest = 200_000;
/** In one statement. */
const writesMax = 100;

/** One for each statement; anything that can't be told apart is the worst that it could be. */
export function sqlEffects(text: string): Effect[] {
  if (text.length > longest) return [{ atLeast: "K5", touches: "*" }];
  // Comments go; a text keeps nothing that looks like one, or like the end of a statement.
  const bare = text.replaceAll(/'(?:[^'\\]|''|\\[\s\S])*(?:'|$)|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g, (found) =>
    found.startsWith("'") ? found.replaceAll(/[;()]|--|\/\*/g, "_") : " ",
  );
  return bare
    .split(";")
    .map((statement) => statement.trim().toLowerCase())
    .filter((statement) => statement !== "")
    .flatMap(effectOf);
}

function effectOf(statement: string): Effect[] {
  if (statement.startsWith("with ")) return writesIn(statement, /\b/g);
  const alter = /^alter\s+table\s+(?:only\s+|if\s+exists\s+)*(?<table>"?[a-z_%{][\w$.%{}]*"?)\s+(?<actions>.*)$/s.exec(statement)?.groups;
  if (alter !== undefined) return splitActions(alter["actions"] ?? "").flatMap((action) => actionEffect(action, tableOf(alter["table"])));
  for (const [pattern, atLeast, kind] of statements) {
    const match = pattern.exec(statement);
    if (match === null) continue;
    const nested = writesIn(statement, /\(\s*/g);
    if (kind === "nothing")
      return /\binto\s+(?:temp\w*\s+)?[a-z_]/.test(statement) && statement.startsWith("select")
        ? [{ atLeast: "K3", touches: "tables of *" }, ...nested]
        : nested;
    const table = tableOf(match.groups?.["table"]);
    const worse = statement.startsWith("update") && ledgers.test(table) && !onlyKeeps.test(statement);
    return [{ atLeast: worse ? "K5" : atLeast, touches: worse ? "*" : `${kind} of ${table}` }, ...nested];
  }
  return [{ atLeast: "K5", touches: "*" }];
}

/** A record that isn't updated any more. */
const onlyKeeps = /^update\s+(?:only\s+)?ir_model_data\b[^=]*\bset\s+noupdate\s*=\s*(?:true|'t'|'true')\s*(?:where\b|from\b|$)/;

/** Statements inside of others that write: in subqueries of `WITH`, and behind them. */
function writesIn(statement: string, before: RegExp): Effect[] {
  const write = new RegExp(
    String.raw`${before.source}(delete\s+from|insert\s+into|merge\s+into|update\s+(?!of\b|set\b)[\w".%{}]+\s+(?:as\s+\w+\s+|\w+\s+)?set)\b`,
    "g",
  );
  const writes = [...statement.matchAll(write)];
  if (writes.length > writesMax) return [{ atLeast: "K5", touches: "*" }];
  return writes.flatMap((match) => {
    const start = match.index + match[0].indexOf(match[1] ?? "");
    // Its own subqueries are found here too.
    return effectOf(statement.slice(start).replaceAll("(", " "));
  });
}

function tableOf(written: string | undefined): string {
  const table = written?.replaceAll('"', "") ?? "*";
  return /^[a-z_]/.test(table) ? table : "*";
}

function actionEffect(action: string, table: string): Effect {
  const found = actions.find(([pattern]) => pattern.test(action));
  return found === undefined ? { atLeast: "K5", touches: "*" } : { atLeast: found[1], touches: `${found[2]} of ${table}` };
}

/** At commas outside of brackets. */
function splitActions(text: string): string[] {
  const parts: string[] = [];
  let [depth, from] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === "(") depth += 1;
    else if (char === ")") depth -= 1;
    else if (char === "," && depth === 0) {
      parts.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  return [...parts, text.slice(from).trim()];
}
