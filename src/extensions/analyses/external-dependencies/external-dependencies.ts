import type { AnalysisKind } from "../../../app/ports/analysis-kind.ts";
import type { ManifestSource } from "../../../domain/release/module-source.ts";

const file = "__manifest__.py";
type Kind = keyof ManifestSource["externalDependencies"];
const kinds: readonly { readonly kind: Kind; readonly named: string }[] = [
  { kind: "python", named: "Python library" },
  { kind: "bin", named: "program" },
];

/** What the release needs of the machine beside Odoo. Whether it is there only a running Python can tell; preflight asks one. */
export const externalDependencies: AnalysisKind = {
  id: "external-dependencies",
  summary: "Libraries and programs that the new release needs and the old one didn't",
  rules: [
    {
      id: "external-dependency-new",
      severity: "warning",
      title: "The release needs a library or program that the old one didn't",
      why: "Odoo looks for it when the module is installed or updated, and refuses if it isn't there; Python that imports it fails at every start.",
      example: '"external_dependencies": {"python": ["zeep"]}',
      remedy: "Put it into the base before the release is rolled out.",
    },
    {
      id: "external-dependency-gone",
      severity: "note",
      title: "A library or program isn't needed any more",
      why: "It may stay in the base as long as there is a way back to the old release.",
      example: '"external_dependencies": {}',
      remedy: "Take it out of the base when the old release is gone for good.",
    },
  ],
  *find({ before, after }) {
    if (before === null) return;
    for (const module of after.order) {
      const [old, now] = [before.universe.get(module), after.universe.get(module)];
      if (old === now || now === undefined) continue;
      for (const { kind, named } of kinds) {
        const had = old?.manifest?.externalDependencies[kind] ?? [];
        const has = now.manifest?.externalDependencies[kind] ?? [];
        const place = { module, file, line: null, meaning: null } as const;
        for (const name of has.filter((one) => !had.includes(one)))
          yield {
            rule: "external-dependency-new",
            severity: "warning",
            ...place,
            what: `The module now needs the ${named} ${name}.`,
            evidence: [name],
            unsure: true,
          };
        for (const name of had.filter((one) => !has.includes(one)))
          yield {
            rule: "external-dependency-gone",
            severity: "note",
            ...place,
            what: `The module no longer needs the ${named} ${name}.`,
            evidence: [name],
          };
      }
    }
  },
};
