import { readArch, type ArchRefusal } from "../../source/arch-text.ts";
import { ArchNode } from "../../source/arch-node.ts";
import { applyInheritanceSpecs, copiesMax } from "./inheritance-specs.ts";
import { describeSpec, locateNode, SpecError } from "./locate-node.ts";
import { withNumbers } from "./record-numbers.ts";
import type { SourceView } from "./source-view.ts";
import type { ViewSet } from "./view-set.ts";

/** A view that can't be applied to its parent. */
export interface ViewFailure {
  readonly view: SourceView;
  /** `parent-missing`: its `inherit_id` is nowhere. `unreadable`: its architecture isn't well-formed. */
  readonly kind: "not-located" | "invalid" | "unreadable" | "parent-missing";
  /** As written; null: the view as a whole. */
  readonly spec: string | null;
  /** Of the view's file; null: not known. */
  readonly line: number | null;
  readonly why: string;
  /** The primary view whose architecture it was to change. */
  readonly primary: string;
  /** Of a spec that finds nothing: the view that took away what it looks for; null: nobody did, it wasn't there. */
  readonly removedBy: SourceView | null;
}

/** A primary view with everything that extends it. */
export interface ComposedView {
  readonly view: SourceView;
  /** null: its own architecture can't be read. Not to be changed. */
  readonly arch: ArchNode | null;
  /** In the order in which they were applied, the primary view first. */
  readonly applied: readonly SourceView[];
  readonly failures: readonly ViewFailure[];
}

/** Far more than anybody's views. */
const depthMax = 500;
const nestingMax = 1000;

/** Composes the views of one set as `_combine` of Odoo 19's `ir_ui_view.py` does. Architectures are parsed once, results kept. */
export class ViewComposer {
  readonly views: ViewSet;
  readonly #children = new Map<string, SourceView[]>();
  readonly #archs: ArchCache;
  readonly #composed = new Map<string, ComposedView>();
  readonly #origins: SourceView[] = [];
  readonly #budget = { nodes: copiesMax };
  #depth = 0;

  constructor(views: ViewSet, archs: ArchCache = new Map()) {
    this.views = views;
    this.#archs = archs;
    for (const view of views.values())
      if (view.inherit !== null) this.#children.set(view.inherit, [...(this.#children.get(view.inherit) ?? []), view]);
    for (const children of this.#children.values()) children.sort((a, b) => a.priority - b.priority || a.order - b.order);
  }

  /** The view that gave a node of a composed architecture. */
  originOf(node: ArchNode): SourceView | null {
    return node.origin === null ? null : (this.#origins[node.origin] ?? null);
  }

  /** The primary view that a view is or extends; null: its parents lead nowhere. */
  primaryOf(view: SourceView): SourceView | null {
    const seen = new Set<string>();
    for (let at: SourceView | undefined = view; at !== undefined && !seen.has(at.key); at = this.views.get(at.inherit ?? "")) {
      if (at.inherit === null || at.mode === "primary") return at;
      seen.add(at.key);
    }
    return null;
  }

  /** Primary views that are built on this one, itself first. */
  builtOn(primary: SourceView): readonly SourceView[] {
    const found = new Set([primary]);
    for (const view of found)
      for (const extension of [view, ...this.#below(view)])
        for (const child of this.#children.get(extension.key) ?? []) if (child.mode === "primary") found.add(child);
    return [...found];
  }

  #below(view: SourceView): SourceView[] {
    const found = new Set<SourceView>();
    const open = [view];
    for (let at = open.pop(); at !== undefined; at = open.pop())
      for (const child of this.#children.get(at.key) ?? [])
        if (child.mode !== "primary" && !found.has(child)) {
          found.add(child);
          open.push(child);
        }
    return [...found];
  }

  compose(primary: SourceView): ComposedView {
    const known = this.#composed.get(primary.key);
    if (known !== undefined) return known;
    // Stands until the real one is there, so that a circle of views ends.
    this.#composed.set(primary.key, { view: primary, arch: null, applied: [], failures: [] });
    this.#depth += 1;
    const composed =
      this.#depth > depthMax ? { view: primary, arch: null, applied: [], failures: [this.#tooDeep(primary)] } : this.#compose(primary);
    this.#depth -= 1;
    this.#composed.set(primary.key, composed);
    return composed;
  }

  #tooDeep(primary: SourceView): ViewFailure {
    return this.#failure(primary, primary, "invalid", null, null, `more than ${depthMax} views are built on each other`);
  }

  #compose(primary: SourceView): ComposedView {
    const failures: ViewFailure[] = [];
    const { start, applied, chain } = this.#start(primary, failures);
    let arch = start;
    const steps: SourceView[] = [...applied];
    for (const view of chain) {
      const after = this.#apply(arch, view, primary, failures, steps);
      if (after === null) continue;
      arch = after;
      steps.push(view);
    }
    if (arch !== null && depthOf(arch) > nestingMax) {
      failures.push(this.#failure(primary, primary, "invalid", null, null, `its elements are nested deeper than ${nestingMax}`));
      arch = null;
    }
    return { view: primary, arch, applied: steps, failures };
  }

  /** What the view begins with, and what is to be applied to that, in order. */
  #start(
    primary: SourceView,
    failures: ViewFailure[],
  ): { start: ArchNode | null; applied: readonly SourceView[]; chain: readonly SourceView[] } {
    const own = primary.inherit === null ? [] : [primary];
    if (primary.inherit === null) {
      const start = this.#arch(primary, primary, failures);
      return { start, applied: start === null ? [] : [primary], chain: this.#extensions(primary) };
    }
    const parent = this.views.get(primary.inherit);
    const above = parent === undefined ? null : this.primaryOf(parent);
    if (parent === undefined || above === null) {
      failures.push(this.#failure(primary, primary, "parent-missing", null, null, `its parent ${primary.inherit} isn't there`));
      return { start: null, applied: [], chain: [] };
    }
    const base = this.compose(above);
    const start = base.arch?.copy() ?? null;
    // A parent that nobody applied, because it is inactive, takes what is built on it along.
    if (!base.applied.includes(parent) && !parent.active) return { start, applied: base.applied, chain: [] };
    return { start, applied: base.applied, chain: primary.active ? [...own, ...this.#extensions(primary)] : [] };
  }

  /** Extensions that are active and of the same model, each followed by its own (`_get_inheriting_views`, `_combine`). */
  #extensions(view: SourceView, seen = new Set<SourceView>(), depth = 0): SourceView[] {
    if (seen.has(view) || depth > depthMax) return [];
    seen.add(view);
    return (this.#children.get(view.key) ?? [])
      .filter((child) => child.mode !== "primary" && child.active && (child.model ?? "") === (view.model ?? ""))
      .flatMap((child) => [child, ...this.#extensions(child, seen, depth + 1)]);
  }

  #apply(
    arch: ArchNode | null,
    view: SourceView,
    primary: SourceView,
    failures: ViewFailure[],
    steps: readonly SourceView[],
  ): ArchNode | null {
    const specs = this.#arch(view, primary, failures);
    if (specs === null || arch === null) return null;
    try {
      return applyInheritanceSpecs(arch, specs, this.#budget);
    } catch (error) {
      // Moves can nest elements deeper than the stack reaches; what is left then is told by its depth.
      if (error instanceof RangeError) return null;
      if (!(error instanceof SpecError)) throw error;
      const removedBy = error.kind === "not-located" ? this.#remover(error.spec, steps) : null;
      failures.push(this.#failure(view, primary, error.kind, error.spec, removedBy, error.message));
      return null;
    }
  }

  /** Composes again, view by view, to see after which one the wanted node was gone. */
  #remover(spec: ArchNode, steps: readonly SourceView[]): SourceView | null {
    let arch: ArchNode | null = null;
    let there = false;
    for (const view of steps) {
      const next: ArchNode | null = this.#arch(view, view, []);
      if (next === null) continue;
      try {
        arch = arch === null || view.inherit === null ? next : applyInheritanceSpecs(arch, next);
        const found = locateNode(arch, spec) !== null;
        if (there && !found) return view;
        there = found;
      } catch {
        return null;
      }
    }
    return null;
  }

  #arch(view: SourceView, primary: SourceView, failures: ViewFailure[]): ArchNode | null {
    let parsed = this.#archs.get(view.arch);
    if (parsed === undefined) {
      const text = view.file === null ? view.arch : withNumbers(view.arch);
      this.#archs.set(view.arch, (parsed = readArch(text.trim() === "" ? "<data/>" : text)));
    }
    if (!(parsed instanceof ArchNode)) {
      failures.push({ ...this.#failure(view, primary, "unreadable", null, null, parsed.why), line: lineIn(view, parsed.element) });
      return null;
    }
    const copy = parsed.copy();
    const origin = this.#origins.push(view) - 1;
    for (const node of copy.elements()) node.origin = origin;
    return copy;
  }

  #failure(
    view: SourceView,
    primary: SourceView,
    kind: ViewFailure["kind"],
    spec: ArchNode | null,
    removedBy: SourceView | null,
    why: string,
  ): ViewFailure {
    const line = spec === null ? view.line : lineIn(view, spec.index);
    return { view, kind, spec: spec === null ? null : describeSpec(spec), line, why, primary: primary.key, removedBy };
  }
}

export type ArchCache = Map<string, ArchNode | ArchRefusal>;

/** The line of the file at which an element of the architecture stands, else that of the record. */
export function lineIn(view: SourceView, element: number): number | null {
  return view.archLines[element] ?? view.line;
}

function depthOf(root: ArchNode): number {
  let deepest = 0;
  const open: [ArchNode, number][] = [[root, 1]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [node, depth] = next;
    deepest = Math.max(deepest, depth);
    for (const child of node.children) open.push([child, depth + 1]);
  }
  return deepest;
}
