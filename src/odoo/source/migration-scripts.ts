/**
 * Names of directories whose scripts Odoo runs: two or three numbers, with or without a series in front
 * (`VERSION_RE` in Odoo 19's `modules/migration.py`). Others are left alone by Odoo, with a warning.
 */
const versionDirectory =
  /^(?:(?:6\.1|[6-9]\.0|[1-9][0-9]+\.0|(?:7|8|9|10)\.saas~[1-9][0-9]*|saas~(?:1[1-9]|[2-9][0-9]+)\.[1-9])\.)?[0-9]+\.[0-9]+(?:\.[0-9]+)?$/;

/** Odoo runs the scripts in a directory of this name. */
export function isVersionDirectory(name: string): boolean {
  return versionDirectory.test(name);
}

/** Migration scripts among the files of a module (paths relative to it), sorted by code points. */
export function migrationScripts(paths: readonly string[]): readonly string[] {
  return paths
    .filter((path) => {
      const [root, version, file, ...deeper] = path.split("/");
      if (root !== "migrations" && root !== "upgrades") return false;
      return deeper.length === 0 && file !== undefined && /^(?:pre|post|end)-.*\.py$/s.test(file) && versionDirectory.test(version ?? "");
    })
    .toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
