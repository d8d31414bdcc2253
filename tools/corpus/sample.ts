import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TemplateName } from "../../test/parts/template.ts";

/** A build of an addon as PyPI carries it: `odoo-addon-<addon>` in a version. */
export interface Build {
  /** With dashes: `date-range`. */
  readonly addon: string;
  /** `19.0.1.0.0.6`: the manifest's version, and behind it how many commits it is since. */
  readonly version: string;
}

export const moduleOf = ({ addon }: Pick<Build, "addon">): string => addon.replaceAll("-", "_");

/** Two releases of one addon, the older one installed, the newer one updated to. */
export interface Pair {
  readonly addon: string;
  readonly from: string;
  readonly to: string;
  /** Other addons that it needs, with the version that both sides have. */
  readonly with: Readonly<Record<string, string>>;
  /** Python distributions that its scripts take for granted, and that a plain Odoo hasn't. */
  readonly python?: readonly string[];
  /** Tenant that it is installed on. */
  readonly template: TemplateName;
  /** Kinds of change that the pair is in `npm test` for; absent: only in the full run. */
  readonly covers?: readonly ChangeKind[];
}

/** What a release of an addon can change, as seen in files and in the updated database. */
export const changeKinds = [
  "field added",
  "field removed",
  "field retyped",
  "model added",
  "selection changed",
  "constraint or index changed",
  "view changed",
  "record added",
  "record removed",
  "record kept by noupdate",
  "edit overwritten",
  "depends changed",
  "migration script",
  "python only",
  "translations only",
  "assets only",
  "same version",
] as const;
export type ChangeKind = (typeof changeKinds)[number];

export interface Sample {
  /** Addon → version → SHA-256 of its wheel. */
  readonly wheels: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Distribution → version and SHA-256 of its wheel; of these every pair that names one gets all. */
  readonly python: Readonly<Record<string, { readonly version: string; readonly sha256: string }>>;
  readonly pairs: readonly Pair[];
}

const sampleFile: string = fileURLToPath(new URL("pairs.json", import.meta.url));

export function readSample(): Sample {
  return JSON.parse(readFileSync(sampleFile, "utf8")) as Sample;
}

export const pairName = (pair: Pick<Pair, "addon" | "from" | "to">): string => `${pair.addon} ${pair.from} → ${pair.to}`;

/** What both sides of a pair are made of; the pair's own addon comes first. */
export function buildsOf(pair: Pair, side: "from" | "to"): readonly Build[] {
  return [{ addon: pair.addon, version: pair[side] }, ...Object.entries(pair.with).map(([addon, version]) => ({ addon, version }))];
}

/** Those of the tests first, then one of each addon in turn, so that any number of pairs covers many addons. */
export function firstPairs(pairs: readonly Pair[], count: number): readonly Pair[] {
  const turns = new Map<string, number>();
  const ranked = pairs.map((pair) => {
    const turn = pair.covers === undefined ? (turns.get(pair.addon) ?? 0) + 1 : 0;
    if (turn > 0) turns.set(pair.addon, turn);
    return { pair, turn };
  });
  return ranked
    .toSorted((a, b) => a.turn - b.turn)
    .slice(0, count)
    .map(({ pair }) => pair);
}
