/** Columns as wide as what is in them; the last one is never padded. */
export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headers.map((header, column) => Math.max(width(header), ...rows.map((row) => width(row[column] ?? ""))));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === cells.length - 1 ? cell : cell + " ".repeat((widths[column] ?? 0) - width(cell))))
      .join("  ")
      .trimEnd();
  return [headers.map((header) => header.toUpperCase()), ...rows].map(line).join("\n");
}

/** `name: value` lines, values beneath each other. */
export function fields(pairs: readonly (readonly [string, string | null])[]): string {
  const shown = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== null);
  const widest = Math.max(0, ...shown.map(([name]) => width(name)));
  return shown
    .map(([name, value]) => `${name}:${" ".repeat(widest - width(name) + 1)}${value.replaceAll("\n", `\n${" ".repeat(widest + 2)}`)}`)
    .join("\n");
}

/** In characters as a person counts them; enough for the names and numbers that are shown here. */
function width(text: string): number {
  return [...text].length;
}
