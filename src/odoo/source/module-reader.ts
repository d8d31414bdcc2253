import { loadTimeClasses } from "./load-time-classes.ts";
import { readManifest } from "./manifest.ts";
import { migrationScripts } from "./migration-scripts.ts";
import { readServerVersion } from "./server-version.ts";

export interface OdooModuleReader {
  readonly readManifest: typeof readManifest;
  readonly migrationScripts: typeof migrationScripts;
  readonly readServerVersion: typeof readServerVersion;
  readonly loadTimeClasses: typeof loadTimeClasses;
}

/** What a keeper of releases needs to know about Odoo's sources; handed to it where parts are wired. */
export const moduleReader: OdooModuleReader = { readManifest, migrationScripts, readServerVersion, loadTimeClasses };
