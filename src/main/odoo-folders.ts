import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Variables } from "./home.ts";

/** Odoo packages that hold `base`, by where distributions and people put them. */
const usualPackages = [
  "/usr/lib/python3/dist-packages/odoo",
  "/opt/odoo/odoo",
  "/opt/odoo/server/odoo",
  "/usr/src/odoo/odoo",
  "/odoo/odoo",
];

/**
 * Odoo's addons folders on this host: what `PLIMSOLL_ODOO_ADDONS` says, separated like PATH; else those of a virtual environment or of a
 * usual place, the package's own first and the checkout's beside it.
 */
export function odooFolders(env: Variables): readonly string[] {
  const given = (env["PLIMSOLL_ODOO_ADDONS"] ?? "").split(delimiter).filter((path) => path !== "");
  if (given.length > 0) return given;
  const found = [...virtualPackages(env["VIRTUAL_ENV"]), ...usualPackages].find((odoo) => hasBase(join(odoo, "addons")));
  if (found === undefined) return [];
  return [join(found, "addons"), join(found, "..", "addons")].filter((path) => existsSync(path));
}

function virtualPackages(root: string | undefined): string[] {
  if (root === undefined || root === "") return [];
  try {
    return readdirSync(join(root, "lib")).map((python) => join(root, "lib", python, "site-packages", "odoo"));
  } catch {
    return [];
  }
}

function hasBase(addons: string): boolean {
  return existsSync(join(addons, "base", "__manifest__.py"));
}
