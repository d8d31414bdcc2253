import type { ReleaseAnalysis } from "../../domain/impact/analysis.ts";
import type { RecordPrediction } from "../../domain/impact/prediction.ts";
import type { ImpactClass } from "../../domain/impact/impact.ts";

/** Each class in words that need no knowledge of Odoo's inside. */
const classWords: Readonly<Record<ImpactClass, string>> = {
  K0: "nothing that is installed changed",
  K1: "only code changed; an update would load nothing new, and nobody has to wait",
  K2: "data of modules and views change; tables stay as they are",
  K3: "tables or columns are added; what is there stays",
  K4: "data that users entered are rewritten, or must fit stricter rules",
  K5: "something is removed that may hold data",
};

/** What the class is about, as far as it is known: code that can't be read ahead gets the class of the worst that it could do. */
export function classSentence(analysis: ReleaseAnalysis): string {
  const { plannedClass } = analysis;
  if (plannedClass === null) return "";
  const unread = plannedClass === "K5" && analysis.floor && !isSomethingRemoved(analysis);
  return unread ? "code runs whose effect can't be told ahead, so it counts as the worst that it could be" : classWords[plannedClass];
}

function isSomethingRemoved({ prediction, findings }: ReleaseAnalysis): boolean {
  const difference = prediction?.difference;
  const lists =
    difference === undefined
      ? []
      : [
          ...[difference.tablesRemoved, difference.columnsRemoved, difference.recordsRemoved, difference.modulesRemoved],
          ...[difference.fieldsRemoved, difference.selectionsRemoved, difference.rowsLost],
        ];
  return lists.some((list) => list.length > 0) || findings.some((finding) => finding.atLeast === "K5" && finding.unsure !== true);
}

/** What Odoo keeps of its own models: tables, columns and fields are told by their names. */
export function isReflected({ model }: Pick<RecordPrediction, "model">): boolean {
  return /^ir\.model(?:\.(?:fields|fields\.selection|constraint|relation|inherit))?$/.test(model);
}

/** `module/file:line`, as editors and terminals open it. */
export function placeOf(at: { readonly module: string; readonly file: string | null; readonly line: number | null }): string {
  return `${at.module}${at.file === null ? "" : `/${at.file}`}${at.line === null ? "" : `:${at.line}`}`;
}

/** Names and texts of a release may hold anything; on a terminal control characters act. */
export function harmless(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, (mark) => `\\x${mark.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

export function sidesOf(analysis: ReleaseAnalysis): string {
  const { old, environment } = analysis;
  const now = `${analysis.new.name} (${countOf(analysis.new.modules, "module")}, Odoo ${analysis.new.series})`;
  const where = environment === null ? "" : `, on ${environment}`;
  return old === null ? `${now}${where}, by itself` : `${old.name} (${countOf(old.modules, "module")}) → ${now}${where}`;
}

/** @param noun may have an adjective before it: `new index` */
export function countOf(count: number, noun: string): string {
  return `${grouped(count)} ${count === 1 ? noun : `${noun}${noun.endsWith("x") ? "es" : "s"}`}`;
}

/** 1234567 → `1,234,567` */
export function grouped(count: number): string {
  return count.toLocaleString("en-GB");
}
