import type { RegistryModel } from "../../../domain/release/registry.ts";
import type { ArchNode } from "../../source/arch-node.ts";

/** A name that an attribute of a view uses, and where. */
export interface NameUse {
  readonly name: string;
  /** The attribute with its text. */
  readonly use: string;
  readonly node: ArchNode;
}

/** What is available and used in a view or in one that is nested in a field (`NameManager` of Odoo 19's `ir_ui_view.py`). */
export class ViewNames {
  readonly model: RegistryModel;
  readonly parent: ViewNames | null;
  readonly #available = new Set<string>();
  readonly #uses: NameUse[] = [];
  readonly #labels: NameUse[] = [];

  constructor(model: RegistryModel, parent: ViewNames | null) {
    this.model = model;
    this.parent = parent;
  }

  has(name: string): void {
    this.#available.add(name);
  }

  uses(names: readonly string[], use: string, node: ArchNode): void {
    for (const name of names) {
      if (name === "id") continue;
      if (!name.startsWith("parent.")) this.#uses.push({ name, use, node });
      else this.parent?.uses([name.slice("parent.".length)], use, node);
    }
  }

  label(name: string, node: ArchNode): void {
    this.#labels.push({ name, use: 'for="…" of a label', node });
  }

  /** Names that are neither fields of the model nor given by the view. */
  *missing(): Generator<NameUse> {
    for (const use of this.#uses) if (!this.#known(use.name) && use.name !== "true" && use.name !== "false") yield use;
    for (const label of this.#labels) if (!this.#available.has(label.name)) yield label;
  }

  #known(name: string): boolean {
    return this.#available.has(name) || this.model.fields.has(name.split(".", 1)[0] ?? "");
  }
}
