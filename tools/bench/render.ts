import type { Bench, BenchReport, Machine, Row } from "./bench-kind.ts";
import type { Summary } from "./statistics.ts";

/** A bench's report as it stands in the document, and on the screen. */
export function reportText(bench: Bench, report: BenchReport): string {
  return [
    `${bench.what} Beside it: ${bench.peer} Aim: ${bench.aim}`,
    "",
    "| | Plimsoll | peer | ratio | aim |",
    "|---|---|---|---|---|",
    ...report.rows.map(rowText),
    "",
    ...report.notes.map((note) => `- ${note}`),
    ...(report.notes.length === 0 ? [] : [""]),
    `${report.at.slice(0, 10)}, ${(report.durationMs / 60_000).toFixed(1)} min${report.quick ? ", **quick: not to be believed**" : ""}. ${machineText(report.machine)}`,
  ].join("\n");
}

function rowText(row: Row): string {
  const ratio = row.ratio === null ? "" : `${number(row.ratio)}×`;
  const aim = row.aim === null ? "" : `${row.aim}${row.met === null ? "" : row.met ? ": met" : ": **missed**"}`;
  return `| ${row.what} | ${summaryText(row.plimsoll, row.unit)} | ${summaryText(row.peer, row.unit)} | ${ratio} | ${aim} |`;
}

/** `12.3 ms (p99 20.1, 9.8–21.0, n 30)` */
function summaryText(value: Summary | null, unit: string): string {
  if (value === null) return "";
  if (value.n === 1) return `${number(value.median)} ${unit}`;
  const p99 = value.n >= 30 ? `p99 ${number(value.p99)}, ` : "";
  return `${number(value.median)} ${unit} (${p99}${number(value.min)}–${number(value.max)}, n ${value.n})`;
}

function number(value: number): string {
  if (Number.isNaN(value)) return "–";
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function machineText(machine: Machine): string {
  return `${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, Linux ${machine.kernel}, Node ${machine.node}, PostgreSQL ${machine.postgres} with fsync ${machine.fsync}, Odoo ${machine.odoo}; load before ${machine.loadBefore}.`;
}

/**
 * The document with the section of one bench exchanged, or added at the end. Marks in comments say where it begins and ends;
 * what people write around it stays.
 */
export function withSection(document: string, name: string, text: string): string {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const section = `${begin}\n${text}\n${end}`;
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) return `${document.trimEnd()}\n\n## ${name}\n\n${section}\n`;
  return `${document.slice(0, from)}${section}${document.slice(to + end.length)}`;
}
