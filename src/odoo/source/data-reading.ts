import type { DataEntry, SourceProblem, Unknown } from "../../domain/release/module-source.ts";
import { completeXmlid, readExpression, type DataExpression } from "./data-eval.ts";

/** More of them in one file say nothing new, and hostile files could have millions. */
const remarksMax = 100;

/** Collects what a data file of a module says. */
export class DataReading {
  readonly module: string;
  readonly file: string;
  readonly entries: DataEntry[] = [];
  readonly problems: SourceProblem[] = [];
  readonly unknowns: Unknown[] = [];

  constructor(module: string, file: string) {
    this.module = module;
    this.file = file;
  }

  problem(kind: string, line: number, what: string): void {
    if (this.problems.length < remarksMax) this.problems.push({ kind, file: this.file, line, what });
  }

  unknown(kind: string, line: number, what: string): void {
    if (this.unknowns.length < remarksMax) this.unknowns.push({ kind, file: this.file, line, what });
  }

  /** An xmlid as it is written, completed; null: there is none. */
  xmlid(written: string | undefined, line: number): string | null {
    if (written === undefined || written === "") return null;
    const xmlid = completeXmlid(written, this.module);
    if (xmlid.indexOf(".") !== xmlid.lastIndexOf("."))
      this.problem("xmlid-two-dots", line, `The id ${short(xmlid)} has more than one dot.`);
    return xmlid;
  }

  expression(code: string, line: number): DataExpression {
    const expression = readExpression(code, this.module);
    if (expression.computedRef) this.unknown("computed-xmlid", line, `${short(expression.code)} refers to a record whose id is computed.`);
    return expression;
  }
}

/** For messages: hostile files have texts of any length. */
export function short(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
