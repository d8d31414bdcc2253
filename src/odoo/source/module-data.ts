import { posix } from "node:path";
import type { DataFile, DataRecord, ManifestSource, ModuleSource, SourceProblem } from "../../domain/release/module-source.ts";
import { readCsvData } from "./data-csv.ts";
import { DataReading, short } from "./data-reading.ts";
import { readXmlData } from "./data-xml.ts";
import { readTranslations } from "./po-translations.ts";

export interface ModuleDataFiles {
  readonly module: string;
  readonly manifest: ManifestSource;
  /** Path relative to the module → text; null: not UTF-8. */
  readonly files: ReadonlyMap<string, string | null>;
  /** Every path of the module. */
  readonly paths: ReadonlySet<string>;
}

export type ModuleData = Pick<ModuleSource, "data" | "translations" | "neutralize" | "unknowns" | "problems">;

const manifestFile = "__manifest__.py";
const neutralizeFile = "data/neutralize.sql";

/** Reads what a module loads into the database, as Odoo 19's `load_data` goes through it, without demo data. Never throws. */
export function readModuleData(of: ModuleDataFiles): ModuleData {
  const inManifest = new DataReading(of.module, manifestFile);
  const lineOf = lineFinder(of.files.get(manifestFile) ?? "");
  const readings: DataReading[] = [];
  const seen = new Set<string>();
  for (const written of [...initFiles(of.manifest), ...of.manifest.data]) {
    const file = posix.normalize(written);
    if (seen.has(file)) {
      inManifest.problem("data-file-twice", lineOf(written), `${short(written)} is loaded twice.`);
      continue;
    }
    seen.add(file);
    const reading = readFile(of, { file, written, lineOf }, inManifest);
    if (reading !== null) readings.push(reading);
  }
  const translations = readTranslations(of.files);
  const neutralize = of.files.get(neutralizeFile);
  if (neutralize === null)
    inManifest.unknowns.push({ kind: "unreadable-file", file: neutralizeFile, line: 1, what: "The file isn't UTF-8." });
  const data = readings.map(({ file, entries }): DataFile => ({ file, entries }));
  return {
    data,
    translations: translations.files,
    neutralize: neutralize ?? null,
    unknowns: [inManifest, ...readings].flatMap((one) => one.unknowns),
    problems: [...[inManifest, ...readings].flatMap((one) => one.problems), ...xmlidsTwice(data), ...translations.problems],
  };
}

/** Odoo 19 still loads `init_xml`, first and with a warning. */
function initFiles({ entries }: ManifestSource): readonly string[] {
  const files = entries["init_xml"];
  return Array.isArray(files) ? files.filter((file): file is string => typeof file === "string") : [];
}

interface ListedFile {
  readonly file: string;
  /** In the manifest. */
  readonly written: string;
  readonly lineOf: (written: string) => number;
}

function readFile(of: ModuleDataFiles, { file, written, lineOf }: ListedFile, inManifest: DataReading): DataReading | null {
  const reading = new DataReading(of.module, file);
  const ending = posix.extname(file).toLowerCase();
  if (file.startsWith("../") || file.startsWith("/")) {
    inManifest.unknown("data-file-outside", lineOf(written), `${short(written)} isn't in the module.`);
    return null;
  }
  if (!of.paths.has(file)) {
    inManifest.problem("data-file-missing", lineOf(written), `There is no file ${short(written)}.`);
    return null;
  }
  if (ending === ".js") return null;
  if (![".xml", ".csv", ".sql"].includes(ending)) {
    inManifest.problem("data-file-type", lineOf(written), `Odoo can't load ${short(written)}: it knows xml, csv and sql.`);
    return null;
  }
  const text = of.files.get(file) ?? null;
  if (ending === ".sql") reading.unknown("sql-data-file", 1, "Statements that change the database in ways that aren't told here.");
  else if (text === null) notUtf8(reading, ending);
  else if (ending === ".xml") readXmlData(reading, text);
  else readCsvData(reading, text);
  return reading;
}

/** An XML file may say another encoding; a CSV file may not. */
function notUtf8(reading: DataReading, ending: string): void {
  reading.unknown("unreadable-file", 1, "The file isn't UTF-8.");
  if (ending === ".csv") reading.problem("csv-broken", 1, "Odoo reads the file as UTF-8, which it isn't.");
}

/** Finds names in the text of a manifest, the first hundred of them: each is a search through all of it. */
function lineFinder(text: string): (written: string) => number {
  let left = 100;
  return (written) => {
    left -= 1;
    const at = left < 0 ? -1 : text.indexOf(written);
    return at === -1 ? 1 : text.slice(0, at).split("\n").length;
  };
}

/** Of one model: the later one overwrites the earlier, which people do on purpose, mostly. Of two models: Odoo refuses. */
function xmlidsTwice(data: readonly DataFile[]): readonly SourceProblem[] {
  const first = new Map<string, DataRecord>();
  const problems: SourceProblem[] = [];
  for (const entry of data.flatMap(({ entries }) => entries)) {
    if (entry.entry !== "record" || entry.xmlid === null) continue;
    const earlier = first.get(entry.xmlid);
    if (earlier === undefined) first.set(entry.xmlid, entry);
    else {
      const { file, line } = entry;
      const where = `${earlier.file}:${earlier.line}`;
      const name = short(entry.xmlid);
      if (earlier.model === entry.model)
        problems.push({ kind: "duplicate-xmlid", file, line, what: `${name} is declared in ${where} too.` });
      else problems.push({ kind: "xmlid-of-two-models", file, line, what: `${name} is a ${short(earlier.model)} in ${where}.` });
    }
  }
  return problems;
}
