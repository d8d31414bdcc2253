import type { ModuleLag } from "../../domain/fleet/environment.ts";
import type { TenantFacts } from "../../domain/fleet/facts.ts";
import type { CodeProof, CodeProofBreach } from "../../domain/impact/impact.ts";
import type { Base, ReleaseContent } from "../../domain/release/release.ts";
import type { Digest } from "../../domain/shared/digest.ts";
import type { SourceModel } from "../../domain/release/source-model.ts";
import { changedDefinitions, definitionsOf, moduleOf } from "./code-only-definitions.ts";
import { changedPaths, fileBreaches, mentions } from "./code-only-files.ts";
import { codeFindings } from "./code-only-findings.ts";
import { groundBreaches, type Ground } from "./code-only-ground.ts";
import { foreignImports, importBreaches, importsOf } from "./code-only-imports.ts";
import { hookFunctions, manifestBreaches } from "./code-only-manifest.ts";
import { loadTimeModels } from "./code-only-models.ts";
import { pythonBreaches } from "./code-only-python.ts";
import { reachBreaches } from "./code-only-reach.ts";
import { isTranslationFile, translationBreaches } from "./code-only-translations.ts";
import { breach, codeWorld, isLoadedPython, loadedPython, splitPath, type CodeWorld } from "./code-only-world.ts";

export interface CodeOnlyInput {
  readonly facts: TenantFacts;
  readonly base: Base;
  /** Base that the database was last updated or adopted with; null: not known. */
  readonly recordedBase: Digest | null;
  readonly from: ReleaseContent;
  readonly to: ReleaseContent;
  /** What earlier code-only releases raised. */
  readonly lag: readonly ModuleLag[];
  /** Sources of the modules that are installed and loaded from the release, old and new. */
  readonly sources: { readonly from: SourceModel; readonly to: SourceModel };
}

/**
 * Proves that an update would load nothing of a release that differs from what is there. An allow list: what isn't known
 * to leave the database alone is a breach, and so is what can't be read.
 */
export function proveCodeOnly(input: CodeOnlyInput): CodeProof {
  const ground = groundBreaches(input);
  const before = codeWorld(input.from, ground.loadedBefore, input.sources.from);
  const after = codeWorld(input.to, ground.loadedAfter, input.sources.to);
  const paths = ground.changed.flatMap((module) => changedPaths(module, before, after));
  const python = paths.filter((path) => isLoadedPython(path));
  const models = loadTimeModels(input.base, [before, after]);
  const breaches = [
    ...ground.breaches,
    ...ground.changed.flatMap((module) => manifestBreaches(module, before, after)),
    ...paths.flatMap((path) => fileBreaches(path, before, after)),
    ...translationFolders(paths).flatMap((folder) => translationBreaches(folder, before, after, input.facts.languages ?? null)),
    ...python.flatMap((path) => filePythonBreaches(path, before, after, models)),
    ...acrossFiles(ground, before, after, paths, input),
  ];
  return { breaches: withoutRepeats(breaches), findings: [...new Set(codeFindings(python, before, after))] };
}

function translationFolders(paths: readonly string[]): string[] {
  const files = paths.filter((path) => isTranslationFile(splitPath(path).file));
  return [...new Set(files.map((path) => path.slice(0, path.lastIndexOf("/"))))];
}

function filePythonBreaches(path: string, before: CodeWorld, after: CodeWorld, models: ReadonlySet<string>): CodeProofBreach[] {
  const [old, now] = [before, after].map((world) => (world.files.has(path) ? world.sources.python.get(path) : undefined));
  const missing = [before, after].some((world) => world.files.has(path) && (world.sources.python.get(path) ?? null) === null);
  if (missing)
    return [breach("python-unreadable", path, null, "The file is different and can't be read as Python, so nothing can be said about it.")];
  return pythonBreaches(path, old ?? undefined, now ?? undefined, models);
}

/** What concerns a release as a whole. Only asked when something installed is different at all. */
function acrossFiles(
  ground: Ground,
  before: CodeWorld,
  after: CodeWorld,
  paths: readonly string[],
  input: CodeOnlyInput,
): CodeProofBreach[] {
  if (ground.changed.length === 0) return [];
  const changedElsewhere = new Set(
    [...before.elsewhere, ...after.elsewhere].filter((name) => digestIn(input.from, name) !== digestIn(input.to, name)),
  );
  const changed = changedDefinitions(definitionsOf(before), definitionsOf(after));
  const hooks = new Map(
    ground.changed.map((module) => [module, new Set([before, after].flatMap((world) => hookFunctions(module, world)))]),
  );
  const unreadable = [before, after].flatMap((world) => [...world.sources.data].filter(([, data]) => data === null).map(([path]) => path));
  return [
    ...[...new Set(unreadable)].map((path) =>
      breach("data-unreadable", path, null, "The data file can't be read, so it can't be told what it calls or reads."),
    ),
    ...unreadableModels([before, after]),
    ...loadedPython(after).flatMap(([path]) => [...foreignImports(path, after, changedElsewhere)]),
    ...[...new Set([...before.sources.python.keys(), ...after.sources.python.keys()])]
      .filter((path) => isLoadedPython(path))
      .sort()
      .flatMap((path) => importBreaches(path, before, after)),
    ...changed
      .filter(
        (one) =>
          (one.kind === "function" || one.kind === "import" || one.kind === "constant") && hooks.get(moduleOf(one))?.has(one.name) === true,
      )
      .map((one) =>
        breach(
          "hook-function-changed",
          one.path,
          one.body.line,
          `The function ${one.name} is different, and the manifest names it as a hook.`,
        ),
      ),
    ...reachBreaches(before, after, changed),
    ...mentionedFiles([before, after], paths),
    ...importedTests(after, paths),
  ];
}

/** Tests are left alone, unless code that is loaded takes something from them. */
function importedTests(after: CodeWorld, paths: readonly string[]): CodeProofBreach[] {
  if (!paths.some((path) => splitPath(path).file.startsWith("tests/"))) return [];
  return loadedPython(after).flatMap(([path, file]) => {
    const found = importsOf(file).find(
      (one) => /(?:^|\.)tests(?:\.|$)/.test(one.module) || (/^\.+$/.test(one.module) && one.imported.some(({ name }) => name === "tests")),
    );
    return found === undefined
      ? []
      : [breach("tests-imported", path, found.line, "The file imports tests, and tests of the module are different.")];
  });
}

function digestIn(content: ReleaseContent, name: string): Digest | undefined {
  return content.modules.find((module) => module.name === name)?.digest;
}

/** An unchanged file that can't be read and may hold a model that makes its own table: then any method may be a part of it. */
function unreadableModels(worlds: readonly CodeWorld[]): CodeProofBreach[] {
  const found = worlds.flatMap((world) =>
    [...world.sources.words].filter(
      ([path, words]) =>
        world.modules.has(splitPath(path).module) &&
        words.some((word) => /^(?:init|_auto|_auto_init|_table_query|_register_hook)$/.test(word)),
    ),
  );
  return [...new Set(found.map(([path]) => path))].map((path) =>
    breach("python-unreadable", path, null, "The file can't be read as Python and seems to run code when Odoo loads modules."),
  );
}

/** Files beside the code, such as images, that declarations or loading code name. */
function mentionedFiles(worlds: readonly CodeWorld[], paths: readonly string[]): CodeProofBreach[] {
  const files = paths.filter((path) => /^(?:static|readme|docs?)\//.test(splitPath(path).file));
  if (files.length === 0) return [];
  const strings = new Set(worlds.flatMap((world) => definitionsOf(world).flatMap((one) => one.body.strings)));
  const found = files.filter(
    (path) => !/\.(?:js|css|scss|less|xml|po|pot|html|map|woff2?|ttf)$/.test(path) && mentions([...strings], path),
  );
  return found.map((path) =>
    breach(
      "referenced-file-changed",
      path,
      null,
      "The file is different, and Python code names it, so it may be copied into the database.",
    ),
  );
}

function withoutRepeats(breaches: readonly CodeProofBreach[]): CodeProofBreach[] {
  const seen = new Map(breaches.map((one) => [JSON.stringify([one.clause, one.module, one.file, one.what]), one]));
  return [...seen.values()];
}
