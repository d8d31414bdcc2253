/** Whether a path matches a glob as Python's `glob` with `recursive=True` takes it: `*`, `?`, `[…]`, and `**` for any number of folders. */
export function matcherOf(glob: string): (path: string) => boolean {
  if (!/[*?[]/.test(glob)) return (path) => path === glob;
  const head = /^[^*?[]*/.exec(glob)?.[0] ?? "";
  const patterns = glob.split("/").map((part) => (part === "**" ? null : tokens(part)));
  return (path) => path.startsWith(head) && matches(patterns, path.split("/"));
}

/** One character: itself, any, or of a set; `*` for any number. */
type Token = "*" | ((character: string) => boolean);

function tokens(part: string): readonly Token[] {
  const found: Token[] = [];
  for (const [, set, one = ""] of part.matchAll(/\[([!^]?\]?[^\]]*)\]|(.)/gsu)) {
    if (set !== undefined) found.push(memberOf(set));
    else if (one === "*") found.push("*");
    else found.push(one === "?" ? () => true : (character) => character === one);
  }
  return found;
}

function memberOf(set: string): (character: string) => boolean {
  const negated = set.startsWith("!");
  const members = [...(negated ? set.slice(1) : set)];
  return (character) => {
    const inside = members.some((member, at) => {
      if (member === "-" && at > 0 && at < members.length - 1)
        return (members[at - 1] ?? "") <= character && character <= (members[at + 1] ?? "");
      return member === character;
    });
    return inside !== negated;
  };
}

/** Without backtracking into more than the last `*`, so that no glob takes long. */
function matchesPart(pattern: readonly Token[], text: string): boolean {
  let [at, from, star, resume] = [0, 0, -1, 0];
  while (from < text.length) {
    const token = pattern[at];
    if (token === "*") [star, resume, at] = [at, from, at + 1];
    else if (token?.(text[from] ?? "") === true) [at, from] = [at + 1, from + 1];
    else if (star === -1) return false;
    else [at, resume, from] = [star + 1, resume + 1, resume + 1];
  }
  return pattern.slice(at).every((token) => token === "*");
}

function matches(patterns: readonly (readonly Token[] | null)[], parts: readonly string[]): boolean {
  let open: ReadonlySet<number> = new Set([0]);
  for (const part of parts) {
    const next = new Set<number>();
    for (const at of withSkips(open, patterns)) {
      const pattern = patterns[at];
      if (pattern === null) next.add(at);
      else if (pattern !== undefined && matchesPart(pattern, part)) next.add(at + 1);
    }
    open = next;
  }
  return withSkips(open, patterns).has(patterns.length);
}

/** `**` may stand for nothing. */
function withSkips(open: ReadonlySet<number>, patterns: readonly (readonly Token[] | null)[]): ReadonlySet<number> {
  const all = new Set(open);
  for (const at of all) if (patterns[at] === null) all.add(at + 1);
  return all;
}
