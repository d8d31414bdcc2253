import { join } from "node:path";
import { all } from "./all.mjs";
import { readJson, writeAtomically } from "./cache.mjs";
import { installPackages, packagesToInstall } from "./debian.mjs";
import { odooLibraries } from "./odoo-recipe.mjs";
import { ensureOdoo } from "./odoo.mjs";
import { ensurePostgres, postgresLibraries } from "./postgres.mjs";

/**
 * The real parts: Odoo 19 and PostgreSQL 15. What was found is written to `<cache>/parts.json` for tests and the demo.
 * @param embedded the embedded PostgreSQL, or a promise of it
 */
export async function ensureParts(cache, embedded, lock) {
  const libraries = installPackages(await packagesToInstall([...postgresLibraries, ...odooLibraries]), lock);
  // Installing is one core's work; the other can get and extract meanwhile.
  const [postgres, odoo] = await all([ensurePostgres(cache, lock, libraries), ensureOdoo(cache, lock, libraries), libraries]);
  const parts = { odoo, postgres, embeddedPostgres: await embedded };
  const file = join(cache, "parts.json");
  if (JSON.stringify(readJson(file)) !== JSON.stringify(parts)) writeAtomically(file, `${JSON.stringify(parts, null, 2)}\n`);
  return parts;
}
