import type { TreeModule } from "../../app/ports/source-trees.ts";
import type { ModuleSource } from "../../domain/release/module-source.ts";

type Loadable = Pick<TreeModule, "load">;

/** Two sides share their base: what one of them read the other needn't. */
const sources = new WeakMap<Loadable, ModuleSource>();

/** Modules by name, each read when it is first asked for: of a base with hundreds only those in question are. */
export class LazyModules implements ReadonlyMap<string, ModuleSource> {
  readonly #modules: ReadonlyMap<string, Loadable>;

  constructor(modules: ReadonlyMap<string, Loadable>) {
    this.#modules = modules;
  }

  get size(): number {
    return this.#modules.size;
  }

  has(name: string): boolean {
    return this.#modules.has(name);
  }

  get(name: string): ModuleSource | undefined {
    const module = this.#modules.get(name);
    if (module === undefined) return undefined;
    const known = sources.get(module);
    if (known !== undefined) return known;
    const source = module.load();
    sources.set(module, source);
    return source;
  }

  keys(): MapIterator<string> {
    return this.#modules.keys();
  }

  *values(): MapIterator<ModuleSource> {
    for (const [, source] of this.entries()) yield source;
  }

  *entries(): MapIterator<[string, ModuleSource]> {
    for (const name of this.#modules.keys()) {
      const source = this.get(name);
      if (source !== undefined) yield [name, source];
    }
  }

  [Symbol.iterator](): MapIterator<[string, ModuleSource]> {
    return this.entries();
  }

  forEach(callback: (value: ModuleSource, key: string, map: ReadonlyMap<string, ModuleSource>) => void): void {
    for (const [name, source] of this.entries()) callback(source, name, this);
  }
}
