import type { AnalysisGround, AnalysisKind } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import { readVersion } from "../../../domain/release/module-version.ts";
import type { ModuleSource } from "../../../domain/release/module-source.ts";

const file = "__manifest__.py";

/** Can Odoo read each manifest of the release, and will it then take the module for one that can be installed? */
export const manifest: AnalysisKind = {
  id: "manifest",
  summary: "Manifests that Odoo can't read, and versions that make it leave a module out",
  rules: [
    {
      id: "manifest-unreadable",
      severity: "error",
      title: "The manifest can't be read",
      why: "Odoo reads a manifest as a Python literal in UTF-8. When that fails it goes on as if the module weren't there, with a line at the level debug.",
      example: '{"name": "Acme", "version": VERSION}',
      remedy: "Write plain values only: texts, numbers, lists and dictionaries.",
    },
    {
      id: "module-name-invalid",
      severity: "error",
      title: "The folder's name is no name of a module",
      why: "Odoo looks at folders whose name has letters, digits and underscores only, and passes over all others without a word.",
      example: "acme-shop/__manifest__.py",
      remedy: "Rename the folder: acme_shop.",
    },
    {
      id: "version-malformed",
      severity: "error",
      title: "The version has another form than Odoo knows",
      why: "Odoo takes two to five numbers with dots. Anything else raises an error wherever the module's version is asked for.",
      example: '"version": "19.0.1.0-rc1"',
      remedy: 'Write five numbers, the series in front: "19.0.1.0.0".',
    },
    {
      id: "version-other-series",
      severity: "error",
      title: "The version belongs to another series",
      why: "Odoo treats such a module as not installable, with only a warning: where it is installed, its models and data stay in the database without code.",
      example: '"version": "18.0.1.0.0"',
      remedy: "Port the module and give it a version of this series, or take it out of the release.",
    },
    {
      id: "auto-install-not-a-dependency",
      severity: "error",
      title: "auto_install waits for something that the module doesn't depend on",
      why: "Odoo asserts that each name in auto_install is also in depends, and the module's manifest can't be loaded otherwise.",
      example: '"depends": ["sale"], "auto_install": ["stock"]',
      remedy: "Add the name to depends, or take it out of auto_install.",
    },
    {
      id: "manifest-incomplete",
      severity: "note",
      title: "The manifest has no author or no licence",
      why: "Odoo warns at each start and takes LGPL-3 for the licence.",
      example: '{"name": "Acme", "version": "19.0.1.0.0"}',
      remedy: "Say who wrote the module and under which licence it is.",
    },
  ],
  *find(ground) {
    for (const name of [...ground.after.own].sort()) {
      const source = ground.after.universe.get(name);
      if (source !== undefined) yield* findingsOf(source, ground);
    }
  },
};

function* findingsOf(source: ModuleSource, ground: AnalysisGround): Iterable<Finding> {
  const { name: module } = source;
  if (!/^\w{1,256}$/u.test(module))
    yield {
      rule: "module-name-invalid",
      severity: "error",
      module,
      file: null,
      line: null,
      what: `Odoo doesn't look into a folder named ${module}.`,
      meaning: null,
      evidence: [],
    };
  if (source.manifest === null) {
    const problem = source.problems.find((one) => one.file === file);
    // The place is told beside it.
    const what = capital(
      (problem?.what ?? "the manifest isn't a Python literal that can be read.").replace(/^__manifest__\.py:\d+:\d+: /, ""),
    );
    yield {
      rule: "manifest-unreadable",
      severity: "error",
      module,
      file,
      line: problem?.line ?? null,
      what,
      meaning: installedMeaning(module, ground),
      evidence: [],
    };
    return;
  }
  yield* versionFindings(source, ground);
  const { autoInstall, depends, entries } = source.manifest;
  const strangers =
    typeof autoInstall === "boolean" ? [] : autoInstall.filter((one) => !(depends.length === 0 ? ["base"] : depends).includes(one));
  if (strangers.length > 0)
    yield {
      rule: "auto-install-not-a-dependency",
      severity: "error",
      module,
      file,
      line: null,
      what: `auto_install names ${strangers.join(", ")}, which ${strangers.length === 1 ? "isn't" : "aren't"} in depends.`,
      meaning: null,
      evidence: [],
    };
  const missing = ["author", "license"].filter((key) => entries[key] === undefined || entries[key] === "");
  if (missing.length > 0)
    yield {
      rule: "manifest-incomplete",
      severity: "note",
      module,
      file,
      line: null,
      what: `The manifest has no ${missing.join(" and no ")}.`,
      meaning: null,
      evidence: [],
    };
}

function* versionFindings({ name: module, manifest: read }: ModuleSource, ground: AnalysisGround): Iterable<Finding> {
  // What says itself that it can't be installed may wait to be ported.
  if (read === null || !read.installable) return;
  const { series } = ground.after;
  const version = readVersion(read.version ?? "1.0", series);
  if (version.kind === "malformed")
    yield {
      rule: "version-malformed",
      severity: "error",
      module,
      file,
      line: null,
      what: `${capital(version.why)}.`,
      meaning: installedMeaning(module, ground),
      evidence: [],
    };
  if (version.kind === "other-series")
    yield {
      rule: "version-other-series",
      severity: "error",
      module,
      file,
      line: null,
      what: `The version ${read.version} isn't one of the series ${series}.`,
      meaning: installedMeaning(module, ground),
      evidence: [],
    };
}

function installedMeaning(module: string, { tenant }: AnalysisGround): string | null {
  const here = tenant?.facts.modules.some((one) => one.name === module && one.state === "installed") === true;
  return here ? "It is installed here: Odoo would run without its code." : null;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
