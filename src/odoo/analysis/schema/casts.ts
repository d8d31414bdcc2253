/** Can PostgreSQL turn every value of one type into another (`USING column::type`)? */
export type Cast = "always" | "by value" | "never";

const texts: ReadonlySet<string> = new Set(["character varying", "text"]);
const numbers: ReadonlySet<string> = new Set(["integer", "numeric", "double precision"]);
const times: ReadonlySet<string> = new Set(["date", "timestamp without time zone"]);

function plainType(type: string): string {
  return type.replace(/\(.*\)/, "");
}

export function castBetween(from: string, to: string): Cast {
  const [old, now] = [plainType(from), plainType(to)];
  if (old === now || texts.has(now)) return "always";
  if (texts.has(old)) return "by value";
  if (numbers.has(old) && numbers.has(now)) return now === "integer" ? "by value" : "always";
  if (times.has(old) && times.has(now)) return "always";
  if ((old === "integer" && now === "boolean") || (old === "boolean" && now === "integer")) return "always";
  if (old === "jsonb" && (numbers.has(now) || now === "boolean")) return "by value";
  return "never";
}

/** Condition for values that the cast refuses, over the quoted column; null: it can't be asked in SQL without trying. */
export function refusedBy(from: string, to: string, column: string): string | null {
  const [old, now] = [plainType(from), plainType(to)];
  if (texts.has(old)) {
    const pattern = textPatterns[now];
    return pattern === undefined ? null : `${column} !~* '${pattern}'`;
  }
  if (old === "jsonb") return `jsonb_typeof(${column}) <> '${now === "boolean" ? "boolean" : "number"}'`;
  return now === "integer" ? `abs(${column}) >= 2147483647.5` : null;
}

const textPatterns: Readonly<Record<string, string>> = {
  integer: "^\\s*[+-]?[0-9]{1,9}\\s*$",
  numeric: "^\\s*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)(e[+-]?[0-9]{1,3})?\\s*$",
  "double precision": "^\\s*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)(e[+-]?[0-9]{1,2})?\\s*$",
  boolean: "^\\s*(t|true|y|yes|on|1|f|false|n|no|off|0)\\s*$",
  date: "^\\s*[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])\\s*$",
  "timestamp without time zone":
    "^\\s*[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?)?\\s*$",
};
