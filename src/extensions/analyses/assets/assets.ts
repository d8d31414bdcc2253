import { posix } from "node:path";
import type { AnalysedSide, AnalysisGround, AnalysisKind } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import type { DataRecord, ModuleSource } from "../../../domain/release/module-source.ts";
import type { Json } from "../../../domain/shared/canonical-json.ts";
import { graphOf } from "../../../odoo/analysis/graph-module.ts";
import { dependenciesOf } from "../../../odoo/analysis/module-universe.ts";
import { matcherOf } from "./globs.ts";

/** Are the files there that make up the web pages? */
export const assets: AnalysisKind = {
  id: "assets",
  summary: "Assets whose files aren't there, and ones that come from other servers",
  rules: [
    {
      id: "asset-missing",
      severity: "warning",
      title: "A bundle names files that aren't there",
      why: "Odoo builds the bundle without them and writes a warning; what they should do is missing, or the pages stay empty where other files need them.",
      example: '"web.assets_backend": ["my_module/static/src/js/*.js"]  # the folder is called scr',
      remedy: "Correct the path.",
    },
    {
      id: "asset-target-missing",
      severity: "error",
      title: "A bundle puts files before or after one that it doesn't have",
      why: "Odoo raises when it builds the bundle, and the pages that use it stay empty.",
      example: '("after", "web/static/src/gone.js", "my_module/static/src/x.js")',
      remedy: "Name a file that the bundle has.",
    },
    {
      id: "asset-directive",
      severity: "error",
      title: "A bundle has an instruction that Odoo doesn't know",
      why: "Odoo raises when it builds the bundle.",
      example: '("behind", "web/static/src/x.js", "my_module/static/src/y.js")',
      remedy: "Use append, prepend, before, after, replace, remove or include.",
    },
    {
      id: "asset-external",
      severity: "note",
      title: "A bundle takes a file from another server",
      why: "Pages depend on a server that isn't yours, and what it sends can change without a release.",
      example: '"https://cdn.example.com/lib.js"',
      remedy: "Put the file into the module.",
    },
    {
      id: "asset-outside",
      severity: "warning",
      title: "A bundle names a file outside of what it may take files from",
      why: "Odoo takes files from folders named static alone. Of a module that is there and isn't installed it takes none: it raises when it builds the bundle, and the pages that use it stay empty.",
      example: '"website/static/src/x.js"  # without website in depends',
      remedy: "Add the module to depends, or put the file below the static folder of the module itself.",
    },
  ],
  find(ground) {
    return findings(ground);
  },
};

interface Use {
  readonly bundle: string;
  readonly directive: string;
  /** Paths or globs, the bundle's name for `include`; the second of `before`, `after` and `replace` is the one to add. */
  readonly paths: readonly string[];
  readonly file: string;
  readonly line: number | null;
}

const alone = new Set(["append", "prepend", "remove", "include"]);
const atTarget = new Set(["before", "after", "replace"]);

function* findings(ground: AnalysisGround): Iterable<Finding> {
  const { before, after } = ground;
  for (const name of [...after.own].sort()) {
    const module = after.universe.get(name);
    if (module === undefined || module.manifest === null) continue;
    const old = new Set(before === null ? [] : told(name, before.universe.get(name), before).map((one) => one.what));
    for (const finding of told(name, module, after)) if (!old.has(finding.what)) yield finding;
  }
}

function told(name: string, module: ModuleSource | undefined, side: AnalysedSide): Finding[] {
  if (module === undefined) return [];
  return usesOf(module).flatMap((use) => [...useFindings(name, use, side)]);
}

function* useFindings(module: string, use: Use, side: AnalysedSide): Iterable<Finding> {
  const finding = (rule: string, severity: Finding["severity"], what: string, evidence: string): Finding => {
    return { rule, severity, module, file: use.file, line: use.line, what, meaning: null, evidence: [use.bundle, evidence] };
  };
  const known = alone.has(use.directive) ? 1 : atTarget.has(use.directive) ? 2 : 0;
  if (known === 0 || use.paths.length < known) {
    yield finding(
      "asset-directive",
      "error",
      `${use.bundle} has the instruction ${use.directive}, which Odoo doesn't know in this form.`,
      use.directive,
    );
    return;
  }
  if (use.directive === "include") return;
  for (const [at, path] of use.paths.slice(0, known).entries()) {
    const target = known === 2 && at === 0;
    if (/^(?:https?:)?\/\//.test(path)) {
      if (use.directive !== "remove") yield finding("asset-external", "note", `${use.bundle} takes ${path} from another server.`, path);
      continue;
    }
    const [home = "", ...rest] = path.replace(/^\//, "").split("/");
    // Attachments and bundles of other kinds have paths of no module.
    if (rest.length === 0 || !/^\w+$/.test(home)) continue;
    const owner = side.universe.get(home);
    if (owner === undefined) {
      if (side.universe.has("base") && target)
        yield finding("asset-target-missing", "error", `${use.bundle}: there is no module ${home} for ${path}.`, path);
      continue;
    }
    if (home !== module && !dependsOn(module, home, side)) {
      const evidence = `${module} doesn't depend on ${home}`;
      yield finding("asset-outside", "warning", `${use.bundle} names ${path}, and ${home} needn't be installed.`, evidence);
      continue;
    }
    const inside = posix.normalize(rest.join("/"));
    const matches = matcherOf(inside);
    const leadsOut = inside.startsWith("../") || (!inside.startsWith("static/") && owner.files.some(matches));
    if (leadsOut && use.directive !== "remove" && !isAttachment(path, owner)) {
      yield finding("asset-outside", "warning", `${use.bundle}: ${path} isn't below ${home}/static.`, path);
      continue;
    }
    // Nothing to remove is no fault where the file is gone.
    if (use.directive === "remove" || owner.files.some(matches) || isAttachment(path, owner)) continue;
    yield target
      ? finding(
          "asset-target-missing",
          "error",
          `${use.bundle}: ${home} has no file ${path}, before or after which something is to stand.`,
          path,
        )
      : finding("asset-missing", "warning", `${use.bundle}: nothing matches ${path}.`, path);
  }
}

function dependsOn(module: string, other: string, side: AnalysedSide): boolean {
  return dependenciesOf([module], graphOf(side.universe, side.series)).has(other);
}

/** Files that data files put into the database under the path of one. */
function isAttachment(path: string, owner: ModuleSource): boolean {
  const bare = (url: string): string => url.trim().replace(/^\//, "");
  return owner.data.some((data) =>
    data.entries.some(
      (entry) =>
        entry.entry === "record" &&
        entry.model === "ir.attachment" &&
        entry.values["url"]?.kind === "text" &&
        bare(entry.values["url"].text) === bare(path),
    ),
  );
}

function usesOf(module: ModuleSource): readonly Use[] {
  const uses: Use[] = [];
  for (const [bundle, entries] of Object.entries(module.manifest?.assets ?? {}))
    for (const entry of entries) uses.push({ bundle, file: "__manifest__.py", line: null, ...instruction(entry) });
  for (const data of module.data)
    for (const entry of data.entries)
      if (entry.entry === "record" && entry.model === "ir.asset") {
        const use = recordUse(entry);
        if (use !== null) uses.push(use);
      }
  return uses;
}

function instruction(entry: Json): Pick<Use, "directive" | "paths"> {
  if (typeof entry === "string") return { directive: "append", paths: [entry] };
  const [directive, ...paths]: readonly string[] = Array.isArray(entry) ? entry.map(String) : [JSON.stringify(entry)];
  return { directive: directive ?? "", paths };
}

function recordUse(record: DataRecord): Use | null {
  const text = (name: string): string | null => {
    const value = record.values[name];
    return value?.kind === "text" ? value.text.trim() : null;
  };
  const [bundle, path] = [text("bundle"), text("path")];
  if (bundle === null || path === null) return null;
  const [directive, target] = [text("directive") ?? "append", text("target")];
  return { bundle, directive, paths: target === null ? [path] : [target, path], file: record.file, line: record.line };
}
