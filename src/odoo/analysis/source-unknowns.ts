import type { ModuleSource, Unknown } from "../../domain/release/module-source.ts";

/** Everything that can't be known of a module, its files' own included, each once. */
export function sourceUnknowns({ unknowns, python }: ModuleSource): readonly Unknown[] {
  return once([...unknowns, ...python.flatMap((file) => file.unknowns)]);
}

export function once<T extends Unknown>(unknowns: readonly T[]): readonly T[] {
  return [...new Map(unknowns.map((one) => [`${one.file}\0${one.line}\0${one.kind}\0${one.what}`, one])).values()];
}
