import { stringify } from "yaml";
import type { Terminal } from "../terminal.ts";

export const formats = ["table", "wide", "json", "yaml", "name"] as const;
export type Format = (typeof formats)[number];

export interface Shapes {
  readonly value: unknown;
  table(wide: boolean): string;
  names(): readonly string[];
}

/** The answer, on stdout, in the form that was asked for. JSON is the API's. */
export function output(terminal: Terminal, format: Format, shapes: Shapes): void {
  terminal.out(`${rendered(format, shapes)}\n`);
}

function rendered(format: Format, shapes: Shapes): string {
  switch (format) {
    case "json":
      return JSON.stringify(shapes.value, null, 2);
    case "yaml":
      return stringify(shapes.value).trimEnd();
    case "name":
      return shapes.names().join("\n");
    default:
      return shapes.table(format === "wide");
  }
}
