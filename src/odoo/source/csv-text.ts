export interface CsvRow {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** `broken`: where Python's reader gives up; the rows before it are there. */
export interface CsvReading {
  readonly rows: readonly CsvRow[];
  readonly broken: { readonly line: number; readonly what: string } | null;
}

/** `csv.field_size_limit()` of Python. */
const cellMax = 131_072;

/** Reads as Python's `csv.reader(io.StringIO(text))` does: commas, doubled quotes, new lines inside of quotes, nothing refused that isn't broken; no more than so many rows. */
export function readCsv(text: string, rowsMax: number): CsvReading {
  const rows: CsvRow[] = [];
  let [at, line] = [0, 1];
  while (at < text.length && rows.length < rowsMax) {
    const row = { line, cells: [] as string[] };
    for (;;) {
      const cell = text[at] === '"' ? quotedCell(text, at) : plainCell(text, at);
      if (cell.text.length > cellMax) return { rows, broken: { line, what: `a cell has more than ${cellMax} characters` } };
      row.cells.push(cell.text);
      line += cell.lines;
      at = cell.end;
      if (text[at] !== ",") break;
      at += 1;
    }
    if (text[at] === "\r") {
      at += 1;
      if (at < text.length && text[at] !== "\n" && text[at] !== "\r")
        return { rows, broken: { line, what: "a line ends with a carriage return only" } };
      while (text[at] === "\r") at += 1;
    }
    if (text[at] === "\n") at += 1;
    line += 1;
    if (row.cells.length > 1 || row.cells[0] !== "") rows.push(row);
  }
  return { rows, broken: null };
}

interface Cell {
  readonly text: string;
  readonly end: number;
  /** New lines in it. */
  readonly lines: number;
}

const cellEnd = /[,\r\n]/g;

function plainCell(text: string, start: number): Cell {
  cellEnd.lastIndex = start;
  const end = cellEnd.exec(text)?.index ?? text.length;
  return { text: text.slice(start, end), end, lines: 0 };
}

/** A quoted cell that is never closed goes on to the end of the file. */
function quotedCell(text: string, start: number): Cell {
  const parts: string[] = [];
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) {
      parts.push(text.slice(at));
      at = text.length;
      break;
    }
    parts.push(text.slice(at, quote));
    at = quote + 1;
    if (text[at] !== '"') break;
    parts.push('"');
    at += 1;
  }
  const inside = parts.join("");
  // What follows the closing quote belongs to the cell too.
  const rest = plainCell(text, at);
  return { text: inside + rest.text, end: rest.end, lines: inside.split("\n").length - 1 };
}
