import { parsePythonLiteral, type PythonLiteral } from "./python-literal.ts";

/** Each key of a manifest with its value in a form that is equal for equal values; null: it isn't a dictionary of literals. */
export function readManifestEntries(text: string): ReadonlyMap<string, string> | null {
  let literal: PythonLiteral;
  try {
    literal = parsePythonLiteral(text, "");
  } catch {
    return null;
  }
  if (literal.type !== "dict") return null;
  const entries = new Map<string, string>();
  for (const [key, value] of literal.entries) {
    if (key.type !== "str") return null;
    entries.set(key.value, canonical(value));
  }
  return entries;
}

function canonical(literal: PythonLiteral): string {
  switch (literal.type) {
    case "dict": {
      const entries = literal.entries.map(([key, value]) => `${canonical(key)}:${canonical(value)}`);
      return `{${entries.join(",")}}`;
    }
    case "list":
    case "tuple":
    case "set":
      return `${literal.type}[${literal.items.map(canonical).join(",")}]`;
    case "str":
      return JSON.stringify(literal.value);
    default: {
      const { at: _at, ...rest } = literal;
      return JSON.stringify(rest, (_key, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
    }
  }
}
