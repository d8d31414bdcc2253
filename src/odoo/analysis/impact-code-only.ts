import type { ModuleLag } from "../../domain/fleet/environment.ts";
import type { CodeProof, CodeProofBreach, ImpactClass, ModuleChange } from "../../domain/impact/impact.ts";
import type { ImpactInput, ImpactWorld } from "./impact.ts";

const breachesShown = 3;

/** Something installed changed, nothing that an update would load did, and nothing else asks for an update: neither reading sees a reason. */
export function isCodeOnly(input: ImpactInput, { after, installed }: ImpactWorld, changes: readonly ModuleChange[]): boolean {
  const proof = input.codeProof ?? null;
  if (proof === null || proof.breaches.length > 0 || input.from === null || input.baseChanged || input.facts.partiallyUpdated) return false;
  if (input.prediction?.made === true || input.prediction?.updates === true) return false;
  const changed = changes.filter((change) => change.installed);
  return (
    changed.length > 0 && changed.every((change) => change.change === "changed") && [...installed.keys()].every((name) => after.has(name))
  );
}

export function codeOnlyReasons(changes: readonly ModuleChange[], lag: readonly ModuleLag[]): string[] {
  const changed = changes.filter((change) => change.installed).map((change) => change.module);
  const elsewhere = changes.filter((change) => !change.installed).map((change) => change.module);
  return [
    `${modules(changed)}: changed and installed, but only in code, assets or texts of code. An update would load nothing of it, so none runs.`,
    ...(elsewhere.length === 0 ? [] : [`${modules(elsewhere)}: changed, but not installed here.`]),
    ...lag.map(
      (one) => `Module ${one.module}: the code is version ${one.code}, and the database stays at ${one.database} until the next update.`,
    ),
  ];
}

/** Why a release isn't code only: the first reasons, and how many more there are. */
export function breachReasons(proof: CodeProof | null, changed: boolean): string[] {
  if (proof === null || proof.breaches.length === 0 || !changed) return [];
  const shown = proof.breaches.slice(0, breachesShown).map((one) => `Not code only: ${place(one)}: ${one.what}`);
  const more = proof.breaches.length - shown.length;
  return [...shown, ...(more === 0 ? [] : [`Not code only: ${more} more ${more === 1 ? "reason" : "reasons"} of this kind.`])];
}

/** What a code-only release leaves as it is; an update wouldn't change it either, but then it is listed with everything else that it does. */
export function codeOnlyHazards(proof: CodeProof | null, plannedClass: ImpactClass): string[] {
  return plannedClass === "K1" && proof !== null ? [...proof.findings] : [];
}

function place({ module, file, line }: CodeProofBreach): string {
  if (file === null) return module;
  return `${module}/${file}${line === null ? "" : `:${line}`}`;
}

function modules(names: readonly string[]): string {
  return `${names.length === 1 ? "Module" : "Modules"} ${names.join(", ")}`;
}
