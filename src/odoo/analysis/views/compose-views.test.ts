import { expect, it } from "vitest";
import type { TenantView } from "../../../domain/fleet/tenant-content.ts";
import { ViewComposer, type ComposedView } from "./compose-views.ts";
import { viewSet } from "./view-set.ts";

type Parts = Partial<TenantView> & { readonly id: number; readonly arch: string };

function composerOf(...views: readonly Parts[]): ViewComposer {
  const tenant = views.map((view) => ({
    xmlid: `m.v${view.id}`,
    key: null,
    name: `View ${view.id}`,
    model: "x",
    type: "form",
    mode: view.inheritId === undefined ? ("primary" as const) : ("extension" as const),
    inheritId: null,
    priority: 16,
    active: true,
    edited: false,
    ...view,
  }));
  return new ViewComposer(viewSet({ modules: [], tenant, formerly: new Set(), loaded: null }));
}

function composed(composer: ViewComposer, key: string): ComposedView {
  const view = composer.views.get(key);
  if (view === undefined) throw new Error(key);
  return composer.compose(view);
}

const root: Parts = { id: 1, arch: '<form><field name="a"/></form>' };
const after = (id: number, name: string, more: Partial<TenantView> = {}): Parts => ({
  id,
  inheritId: 1,
  arch: `<field name="a" position="after"><field name="${name}"/></field>`,
  ...more,
});
const text = (view: ComposedView): string => view.arch?.serialise() ?? "";

it("applies extensions by priority, then by age, and leaves out inactive ones and those of other models", () => {
  const composer = composerOf(
    root,
    after(2, "b"),
    after(3, "c", { priority: 1 }),
    after(4, "d", { active: false }),
    after(5, "e", { model: "y" }),
  );
  expect(text(composed(composer, "m.v1"))).toBe('<form><field name="a"/><field name="b"/><field name="c"/></form>');
});

it("applies what extends an extension right after it", () => {
  const inner: Parts = { id: 3, inheritId: 2, priority: 99, arch: '<field name="b" position="replace"><field name="z"/></field>' };
  const composer = composerOf(root, after(2, "b"), inner, after(4, "d", { priority: 20 }));
  expect(composed(composer, "m.v1").applied.map((view) => view.key)).toEqual(["m.v1", "m.v2", "m.v3", "m.v4"]);
});

it("builds a primary view on all that extends its parent, and leaves the parent alone", () => {
  const composer = composerOf(root, after(2, "b"), after(3, "p", { mode: "primary", model: "y" }), {
    ...after(4, "q", { model: "y" }),
    inheritId: 3,
  });
  expect(text(composed(composer, "m.v1"))).toBe('<form><field name="a"/><field name="b"/></form>');
  expect(text(composed(composer, "m.v3"))).toBe('<form><field name="a"/><field name="q"/><field name="p"/><field name="b"/></form>');
});

it("says which view took away what another looks for", () => {
  const gone: Parts = { id: 2, inheritId: 1, priority: 5, arch: '<field name="a" position="replace"/>' };
  const { failures } = composed(composerOf(root, gone, after(3, "c", { xmlid: null, name: "Mine" })), "m.v1");
  expect(failures).toMatchObject([
    { kind: "not-located", spec: '<field name="a" position="after">', removedBy: { key: "m.v2" }, view: { name: "Mine" } },
  ]);
});

it("goes on with other views after one that fails, and knows what was never there", () => {
  const wrong: Parts = { id: 2, inheritId: 1, arch: '<xpath expr="//page" position="inside"/>' };
  const result = composed(composerOf(root, wrong, after(3, "c")), "m.v1");
  expect(result.failures).toMatchObject([{ kind: "not-located", removedBy: null }]);
  expect(text(result)).toContain('<field name="c"/>');
});

it("ends where copies of copies would fill the memory, and where views are built on each other without end", () => {
  const doubling = Array.from({ length: 40 }, (_, at) => ({
    id: at + 2,
    inheritId: 1,
    arch: '<xpath expr="//sheet" position="replace"><sheet><t>$0</t><t>$0</t></sheet></xpath>',
  }));
  expect(composed(composerOf({ id: 1, arch: "<form><sheet/></form>" }, ...doubling), "m.v1").failures[0]).toMatchObject({
    why: expect.stringContaining("copies more"),
  });
  const nested = Array.from({ length: 1500 }, (_, at) => `<g${at + 1} position="inside"><g${at} position="move"/></g${at + 1}>`);
  const groups = Array.from({ length: 1501 }, (_, at) => `<g${at}/>`);
  const deep = composed(
    composerOf({ id: 1, arch: `<form>${groups.join("")}</form>` }, { id: 2, inheritId: 1, arch: `<data>${nested.join("")}</data>` }),
    "m.v1",
  );
  expect(deep).toMatchObject({ arch: null, failures: [{ why: expect.stringContaining("nested deeper") }] });
  const chain = Array.from({ length: 3000 }, (_, at) => ({ ...after(at + 2, "b", { mode: "primary" }), inheritId: at + 1 }));
  expect(composed(composerOf(root, ...chain), "m.v3000").arch).toBeNull();
});

it("ends with views that extend each other, and with a parent that isn't there", () => {
  const composer = composerOf(
    { ...after(1, "a"), inheritId: 2 },
    { ...after(2, "b"), inheritId: 1 },
    { ...after(3, "c", { mode: "primary" }), inheritId: 9 },
  );
  expect(composer.primaryOf(composer.views.get("m.v1") as never)).toBeNull();
  expect(composed(composer, "m.v3").failures).toMatchObject([{ kind: "parent-missing" }]);
});
