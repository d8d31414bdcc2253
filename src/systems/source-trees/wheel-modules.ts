import { statSync } from "node:fs";
import type { SourceProblem, Unknown } from "../../domain/release/module-source.ts";
import type { TreeProblem } from "../../app/ports/source-trees.ts";
import type { FoundFile, FoundModule } from "./found-module.ts";
import { compare, hasControlCharacter, isIgnored, isModuleName, isRead, shownName } from "./names.ts";
import { type RootWalk, shownPlace, withinModule } from "./walk-module.ts";
import { readZipMembers, type ZipEntry } from "./zip-members.ts";

/** `odoo/addons/<module>/` as in wheels, `<module>/` as in the app store, `<folder>/<module>/` as forges pack a repository. */
const foldersAboveMax = 2;

/**
 * The modules of a wheel. Nothing is unpacked to disk, so a name that leads elsewhere (`../`) does no harm; it is noted, and left out.
 *
 * @throws INPUT_INVALID when it isn't a zip file
 */
export function wheelModules(walk: RootWalk): {
  readonly modules: readonly FoundModule[];
  readonly problems: readonly TreeProblem[];
} {
  const facts = statSync(walk.root);
  const stamp = facts.ctimeMs < walk.settledBeforeMs ? `${facts.size} ${facts.mtimeMs} ${facts.ctimeMs} ${facts.ino}` : null;
  const problems: TreeProblem[] = [];
  const members = new Map<string, ZipEntry>();
  for (const entry of readZipMembers(walk.root, walk.label)) {
    const odd = oddName(entry) ?? (members.has(entry.name ?? "") ? { kind: "name-twice", what: "is there twice; the last counts" } : null);
    if (odd !== null) problems.push({ path: `${walk.label}/${entry.shown}`, kind: odd.kind, what: `${entry.shown} ${odd.what}.` });
    if (entry.name !== null && !entry.name.endsWith("/") && (odd === null || odd.kind === "name-twice")) members.set(entry.name, entry);
  }
  const folders = moduleFolders([...members.keys()]);
  const modules = folders.map((folder) => moduleOf(walk, folder, members, stamp));
  return { modules, problems };
}

function oddName(entry: ZipEntry): { readonly kind: string; readonly what: string } | null {
  if (entry.name === null) return { kind: "name-not-utf8", what: "has a name that isn't UTF-8" };
  const parts = entry.name.split("/");
  if (
    entry.name.startsWith("/") ||
    entry.name.includes("\\") ||
    /^[A-Za-z]:/.test(entry.name) ||
    parts.some((part) => part === ".." || part === ".")
  )
    return { kind: "name-leads-outside", what: "has a name that leads out of the file's own folder, and is left out" };
  if (entry.name.includes("\0")) return { kind: "name-not-portable", what: "has a null byte in its name" };
  return null;
}

function moduleFolders(names: readonly string[]): readonly string[] {
  const folders = names
    .filter((name) => name.endsWith("/__manifest__.py"))
    .map((name) => name.slice(0, -"/__manifest__.py".length))
    .filter((folder) => folder.split("/").length <= foldersAboveMax + 1 && isModuleName(folder.slice(folder.lastIndexOf("/") + 1)))
    .toSorted(compare);
  return folders.filter((folder) => !folders.some((other) => folder.startsWith(`${other}/`)));
}

function moduleOf(walk: RootWalk, folder: string, members: ReadonlyMap<string, ZipEntry>, stamp: string | null): FoundModule {
  const paths: string[] = [];
  const files: FoundFile[] = [];
  const unknowns: Unknown[] = [];
  const problems: SourceProblem[] = [];
  const unknown = (path: string, kind: string, what: string): void =>
    void unknowns.push({ file: path, line: 1, kind, what: `${shownName(path)} ${what}.` });
  for (const [name, entry] of members) {
    if (!name.startsWith(`${folder}/`) || name.split("/").some(isIgnored)) continue;
    const path = name.slice(folder.length + 1);
    paths.push(path);
    if (hasControlCharacter(path))
      problems.push({ file: path, line: 1, kind: "name-not-portable", what: `${shownName(path)} has a control character in its name.` });
    if (walk.everything !== true && !isRead(path, walk.translations)) continue;
    if (entry.isLink) unknown(path, "link-outside", "is a link in a zip file, and isn't followed");
    else if (entry.member === null) unknown(path, "unreadable-file", "is packed in a way that wheels don't use");
    else if (entry.sizeBytes > walk.limits.fileBytesMax)
      unknown(path, "file-too-large", `has ${entry.sizeBytes} bytes, more than are read`);
    else files.push({ path, realPath: walk.root, member: entry.member, sizeBytes: entry.sizeBytes });
  }
  return {
    name: folder.slice(folder.lastIndexOf("/") + 1),
    place: folder,
    shown: shownPlace(walk.label, folder),
    files: withinModule(
      files.toSorted((a, b) => compare(a.path, b.path)),
      walk.limits,
      unknowns,
    ),
    paths: paths.toSorted(compare),
    unknowns,
    problems,
    stamp: stamp === null ? null : `${stamp} ${folder}`,
  };
}
