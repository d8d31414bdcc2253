/** Functions that read nothing but their arguments and end soon. */
const functions: ReadonlySet<string> = new Set(
  "lower upper trim btrim ltrim rtrim length char_length coalesce nullif abs round floor ceil md5 date greatest least num_nonnulls num_nulls".split(
    " ",
  ),
);

const words: ReadonlySet<string> = new Set("and or not is null true false in between like ilike".split(" "));

const token =
  /\s+|(?<text>'(?:[^']|'')*')|(?<name>[A-Za-z_][A-Za-z0-9_]*|"[A-Za-z_][A-Za-z0-9_]*")|(?<number>\d+(?:\.\d+)?)|::|<=|>=|<>|!=|\|\||[-+*/%=<>(),]/y;

const longest = 2_000;

/**
 * An SQL expression of a release, fit to be asked of a tenant's database: columns, literals, plain operators and a few functions.
 *
 * @returns the names of columns in it; null: there is something else in it, so it must not be run
 */
export function columnsOfExpression(text: string): Set<string> | null {
  if (text.length > longest || text.includes("--") || text.includes("/*")) return null;
  const columns = new Set<string>();
  token.lastIndex = 0;
  let cast = false;
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (match === null) return null;
    const name = match.groups?.["name"];
    if (name === undefined) {
      if (match[0].trim() !== "") cast = match[0] === "::";
      continue;
    }
    const called = /^\s*\(/.test(text.slice(token.lastIndex, token.lastIndex + 20));
    const lower = name.toLowerCase();
    if (cast) {
      if (!/^(text|varchar|integer|int|numeric|date|boolean)$/.test(lower)) return null;
      cast = false;
    } else if (words.has(lower)) continue;
    else if (called) {
      if (!functions.has(lower)) return null;
    } else columns.add(name.startsWith('"') ? name.slice(1, -1) : lower);
  }
  return balanced(text) ? columns : null;
}

/** Brackets outside of texts, so that nothing can reach out of the query that it is put into. */
function balanced(text: string): boolean {
  let depth = 0;
  for (const sign of text.replaceAll(/'(?:[^']|'')*'/g, "")) {
    if (sign === "(") depth += 1;
    else if (sign === ")" && (depth -= 1) < 0) return false;
  }
  return depth === 0;
}
