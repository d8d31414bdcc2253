/**
 * Python's order of resolution (C3): merges the linearisations of the bases with the list of the bases. When there is none, which
 * Python refuses, first occurrences in order.
 */
export function mergeLinearisations<T>(sequences: readonly (readonly T[])[]): T[] {
  const rest = sequences.filter((sequence) => sequence.length > 0).map((items) => ({ items, at: 0 }));
  const behind = new Map<T, number>();
  for (const { items } of rest) for (const item of items.slice(1)) behind.set(item, (behind.get(item) ?? 0) + 1);
  const merged: T[] = [];
  let open = rest;
  while (open.length > 0) {
    const first = open.find(({ items, at }) => (behind.get(items[at] as T) ?? 0) === 0);
    if (first === undefined) return [...new Set([...merged, ...open.flatMap(({ items, at }) => items.slice(at))])];
    const next = first.items[first.at] as T;
    merged.push(next);
    for (const sequence of open) {
      if (sequence.items[sequence.at] !== next) continue;
      sequence.at += 1;
      const head = sequence.items[sequence.at];
      if (head !== undefined) behind.set(head, (behind.get(head) ?? 1) - 1);
    }
    open = open.filter(({ items, at }) => at < items.length);
  }
  return merged;
}
