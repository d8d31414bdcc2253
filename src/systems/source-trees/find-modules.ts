import { lstatSync, realpathSync, statSync } from "node:fs";
import { basename, join, sep } from "node:path";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { SourceRoot, TreeProblem } from "../../app/ports/source-trees.ts";
import type { FoundModule, SourceLimits } from "./found-module.ts";
import { compare, type Entry, entriesOf, isIgnored, isModuleName, shownName } from "./names.ts";
import { codeOf, type RootWalk, shownPlace, targetOf, walkModule } from "./walk-module.ts";
import { wheelModules } from "./wheel-modules.ts";

export interface FoundRoot {
  /** Without links. */
  readonly realPath: string;
  /** Addons folders in order, each with its modules by name. */
  readonly addons: readonly (readonly FoundModule[])[];
  readonly problems: readonly TreeProblem[];
}

/** @throws INPUT_INVALID, RELEASE_NO_MODULE, RELEASE_FILE_OVERSIZED */
export function findModules(root: SourceRoot, limits: SourceLimits, settledBeforeMs: number, everything = false): FoundRoot {
  const realPath = realRoot(root.path);
  const walk: RootWalk = {
    root: realPath,
    label: root.path,
    translations: root.translations,
    everything,
    limits,
    settledBeforeMs,
    filesSeen: 0,
  };
  const facts = statSync(realPath);
  if (!facts.isDirectory() && !facts.isFile()) throw notReadable(root.path, "It is neither a folder nor a file.");
  const problems: TreeProblem[] = [];
  const addons = facts.isDirectory() ? folderAddons(walk, problems) : wheelAddons(walk, problems);
  if (addons.every((modules) => modules.length === 0)) {
    throw new PlimsollError("RELEASE_NO_MODULE", `There is no module in ${root.path}.`, {
      why: problems[0]?.what ?? "Nothing in it has a __manifest__.py.",
      fix: "Give an addons folder, a module's folder, or a wheel of modules.",
      facts: { source: root.path },
    });
  }
  return { realPath, addons, problems };
}

function realRoot(path: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    throw notReadable(path, codeOf(cause) === "ENOENT" ? "There is nothing at this path." : `It can't be looked at (${codeOf(cause)}).`);
  }
}

function notReadable(path: string, why: string): PlimsollError {
  return new PlimsollError("INPUT_INVALID", `${path} can't be analysed.`, {
    why,
    fix: "Give an addons folder, a module's folder, or a wheel of modules.",
    facts: { source: path },
  });
}

function wheelAddons(walk: RootWalk, problems: TreeProblem[]): readonly (readonly FoundModule[])[] {
  const found = wheelModules(walk);
  problems.push(...found.problems);
  return [found.modules];
}

interface Folder {
  readonly directory: string;
  /** Path within the root. */
  readonly place: string;
  readonly name: string;
}

function folderAddons(walk: RootWalk, problems: TreeProblem[]): readonly (readonly FoundModule[])[] {
  const root: Folder = { directory: walk.root, place: "", name: basename(walk.root) };
  if (hasManifest(root.directory)) return [[walkModule(walk, root.name, root.directory, "")]];
  const own = addonsFolder(walk, root, problems);
  if (own.length > 0) return [own];
  // As Odoo orders its own two folders: those in the package come first.
  const inside = join(walk.root, "odoo", "addons");
  const folders = [
    ...(isFolder(inside) ? [{ directory: inside, place: "odoo/addons", name: "addons" }] : []),
    ...childFolders(walk, root, []),
  ];
  return folders.map((folder) => addonsFolder(walk, folder, problems)).filter((modules) => modules.length > 0);
}

function addonsFolder(walk: RootWalk, folder: Folder, problems: TreeProblem[]): readonly FoundModule[] {
  return childFolders(walk, folder, problems)
    .filter((child) => hasManifest(child.directory))
    .flatMap((child) => {
      if (isModuleName(child.name)) return [walkModule(walk, child.name, child.directory, child.place)];
      const path = shownPlace(walk.label, child.place);
      problems.push({ path, kind: "module-name", what: `Odoo doesn't see a module whose name is ${shownName(child.name)}.` });
      return [];
    });
}

function childFolders(walk: RootWalk, folder: Folder, problems: TreeProblem[]): readonly Folder[] {
  const shown = shownPlace(walk.label, folder.place);
  let entries: readonly Entry[];
  try {
    entries = entriesOf(folder.directory).toSorted((a, b) => compare(a.shown, b.shown));
  } catch (cause) {
    problems.push({ path: shown, kind: "unreadable-folder", what: `${shown} can't be read (${codeOf(cause)}).` });
    return [];
  }
  return entries.flatMap((entry): readonly Folder[] => {
    const { name, type } = entry;
    const problem = (kind: string, what: string): readonly never[] => {
      const path = `${shown}/${entry.shown}`;
      problems.push({ path, kind, what: `${path} ${what}.` });
      return [];
    };
    if (!type.isDirectory() && !type.isSymbolicLink()) return [];
    if (name === null) return problem("name-not-utf8", "has a name that isn't UTF-8");
    if (isIgnored(name)) return [];
    const place = folder.place === "" ? name : `${folder.place}/${name}`;
    const below = `${folder.directory}${sep}${name}`;
    if (type.isDirectory()) return [{ name, place, directory: below }];
    const target = targetOf(below, walk.root);
    if (target === "nowhere") return problem("link-dangling", "is a link that leads nowhere: a module may be missing");
    if (target === "outside") return problem("link-outside", "is a link out of the folder that is analysed, and isn't followed");
    return isFolder(target.path) ? [{ name, place, directory: target.path }] : [];
  });
}

/** Not followed: a manifest that is a dangling link makes a broken module, not a folder that is none. */
function hasManifest(directory: string): boolean {
  try {
    const facts = lstatSync(`${directory}${sep}__manifest__.py`, { throwIfNoEntry: false });
    return facts !== undefined && !facts.isDirectory();
  } catch {
    // A folder that can't be looked into may be a module: its walk notes why nothing is known of it.
    return true;
  }
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
