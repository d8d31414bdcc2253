import type { DataRecord, DataValue } from "../../domain/release/module-source.ts";
import { readCsv } from "./csv-text.ts";
import { staticOf } from "./data-eval.ts";
import { short, type DataReading } from "./data-reading.ts";

/** Columns of one field, by what stands behind its name: `""` the value, `id` xmlids, `.id` database ids, anything else a field of sub-records. */
type Columns = ReadonlyMap<string, number>;

const charactersMax = 16 * 1024 * 1024;
const rowsMax = 250_000;
const columnsMax = 1000;

/** Reads a CSV data file as `convert_csv_import` and `load` of Odoo 19 do. Its records never are noupdate. */
export function readCsvData(reading: DataReading, text: string): void {
  const { rows, broken } = readCsv(text.length > charactersMax ? "" : text, rowsMax);
  if (text.length > charactersMax || rows.length >= rowsMax || (rows[0]?.cells.length ?? 0) > columnsMax) {
    const what = `The file isn't read: it has more than ${charactersMax} characters, ${rowsMax} rows or ${columnsMax} columns.`;
    reading.problem("csv-not-read", 1, what);
    reading.unknown("csv-not-read", 1, what);
    return;
  }
  const model = modelOf(reading.file);
  if (broken !== null) reading.problem("csv-broken", broken.line, `Python can't read the file: ${broken.what}.`);
  const nul = text.indexOf("\0");
  if (nul !== -1) reading.problem("csv-broken", text.slice(0, nul).split("\n").length, "The file has a null byte.");
  const [header, ...body] = rows;
  if (header === undefined) {
    reading.problem("csv-broken", 1, "The file has no header.");
    return;
  }
  const fields = columnsByField(header.cells);
  const id = fields.get("id")?.get("");
  if (id === undefined)
    reading.problem(
      "csv-without-id",
      header.line,
      "The header has no id: every installation makes new records, and an update skips the file.",
    );
  if ([...fields].some(([, columns]) => isSubRecords(columns)))
    reading.unknown("csv-sub-records", header.line, "The header has fields of sub-records, which rows may share.");
  for (const { line, cells } of body) {
    if (!cells.some((cell, index) => cell !== "" && !header.cells[index]?.includes("@"))) continue;
    const xmlid = id === undefined ? null : reading.xmlid(cells[id], line);
    if (id !== undefined && xmlid === null) reading.problem("csv-without-id", line, "The row has no id, which an update refuses.");
    const values: [string, DataValue][] = [];
    for (const [name, columns] of fields) {
      // Fields stand in the order of their first columns, and rows may be short.
      if ((columns.values().next().value ?? 0) >= cells.length) break;
      const value = name === "id" || name === ".id" ? null : valueOf(reading, columns, cells, line);
      if (value !== null) values.push([name, value]);
    }
    reading.entries.push({
      entry: "record",
      file: reading.file,
      line,
      xmlid,
      model,
      noupdate: false,
      forcecreate: true,
      tag: "csv",
      values: Object.fromEntries(values),
      ...translatedOf(header.cells, cells),
    });
  }
}

function translatedOf(header: readonly string[], cells: readonly string[]): Pick<DataRecord, "translated"> {
  const found = header.flatMap((name, index): [string, string][] => (name.includes("@") ? [[name, cells[index] ?? ""]] : []));
  return found.length === 0 ? {} : { translated: Object.fromEntries(found) };
}

/** `ir.model.access-portal.csv` is of `ir.model.access`. */
function modelOf(file: string): string {
  const name = file.slice(file.lastIndexOf("/") + 1).replace(/\.[^.]*$/, "");
  return name.split("-", 1)[0] ?? name;
}

/** Translated columns (`name@nl`) aren't values of the record. */
function columnsByField(header: readonly string[]): ReadonlyMap<string, Columns> {
  const fields = new Map<string, Map<string, number>>();
  for (const [index, written] of header.entries()) {
    if (written.includes("@")) continue;
    // `fix_import_export_id_paths` of Odoo's orm/models.py.
    const path = written.replace(/([^/])\.id/g, "$1/.id").replace(/([^/]):id/g, "$1/id");
    const [name = "", ...rest] = path.split("/");
    const columns = fields.get(name) ?? new Map<string, number>();
    columns.set(rest.join("/"), index);
    fields.set(name, columns);
  }
  return fields;
}

function isSubRecords(columns: Columns): boolean {
  return [...columns.keys()].some((path) => path !== "" && path !== "id" && path !== ".id");
}

function valueOf(reading: DataReading, columns: Columns, cells: readonly string[], line: number): DataValue | null {
  const [id, databaseId, plain] = ["id", ".id", ""].map((path) => cells[columns.get(path) ?? cells.length]);
  if (id !== undefined) {
    const xmlids = id.split(",").flatMap((one) => reading.xmlid(one.trim(), line) ?? []);
    return { kind: isSubRecords(columns) ? "records" : "ref", xmlids };
  }
  if (databaseId !== undefined) {
    reading.unknown("database-id", line, `The row refers to a record by its number in a database: ${short(databaseId)}.`);
    return { kind: "eval", code: databaseId, value: staticOf(databaseId), xmlids: [] };
  }
  if (plain !== undefined) return { kind: "text", text: plain };
  return isSubRecords(columns) ? { kind: "records", xmlids: [] } : null;
}
