import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Json } from "../../src/domain/shared/canonical-json.ts";
import type { Schema } from "../../src/app/ports/schema.ts";
import { repositoryRoot } from "../architecture/source-tree.ts";

interface Kind {
  readonly id: string;
  readonly summary: string;
  readonly input: Schema<Json>;
  readonly needs: readonly string[];
  describe(input: Json): string;
}

/** What steps and gates have in common: a name that is their folder, a strict schema, a sentence for approvers. */
export function describesItself(point: "steps" | "gates", kind: Kind, input: Json): void {
  it("is called like its folder", () => {
    expect(kind.id).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
    expect(existsSync(join(repositoryRoot, "src/extensions", point, kind.id, `${kind.id}.ts`))).toBe(true);
  });

  it("accepts the input that the plan has for it, and keeps it as it is", () => {
    expect(kind.input.parse(input)).toEqual(input);
  });

  it("refuses anything else", () => {
    for (const junk of junkFor(input)) expect(kind.input.safeParse(junk).success, JSON.stringify(junk)).toBe(false);
  });

  it("says in a sentence what it will do", () => {
    expect(kind.describe(input)).toMatch(/^[A-Z].{8,298}[.]$/u);
    expect(kind.describe(input)).not.toMatch(/undefined|NaN|\[object|\n/);
    expect(kind.summary.length).toBeGreaterThan(5);
  });

  it("names each of its needs once", () => {
    expect(new Set(kind.needs).size).toBe(kind.needs.length);
  });
}

/** Values that are nearly right: not an object, one key too many, a key of another type. */
function junkFor(input: Json): unknown[] {
  const members = Object.keys(input as object);
  return [
    null,
    7,
    "text",
    [],
    { ...(input as object), surplus: 1 },
    ...members.map((member) => ({ ...(input as object), [member]: { odd: [true] } })),
  ];
}
