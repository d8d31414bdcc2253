import type { Digest } from "../../../domain/shared/digest.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import type { ItemContext } from "../../../app/ports/step.ts";
import type { DatabaseInfo } from "../../../app/ports/tenant-database.ts";
import { readModules } from "../../../odoo/inventory/modules.ts";
import { dangersOf, neutralise, type Neutralisation } from "../../../odoo/server/neutralise.ts";

/**
 * Neutralises a closed copy on the one session that may enter it. Nothing may connect to one that could still speak to the world.
 *
 * @throws STATE_UNEXPECTED naming what still could, or what isn't known
 */
export async function makeHarmless(
  cx: ItemContext<"tenant-database" | "runtime">,
  copy: DatabaseInfo,
  release: Digest | null,
): Promise<Neutralisation> {
  const { "tenant-database": database, runtime } = cx.use;
  const done = await database.editAlone(copy, async (sql) => {
    // Modules that were imported as data have no code anywhere, and so no script.
    const installed = (await readModules(sql)).filter((module) => module.state === "installed" && !module.imported);
    // Base first, as everything stands on it.
    const names = installed.map((module) => module.name).sort((a, b) => Number(b === "base") - Number(a === "base") || a.localeCompare(b));
    const { scripts, withoutCode } = await runtime.neutraliseScripts(release, names);
    return neutralise(sql, scripts, withoutCode);
  });
  const dangers = dangersOf(done);
  if (dangers.length === 0) return done;
  throw new PlimsollError("STATE_UNEXPECTED", `The copy can't be made harmless: ${dangers[0]}`, {
    why: "A copy that could send mails, run scheduled actions or call others must not be used.",
    because: dangers,
    fix: "Nothing connected to the copy, and it is dropped. See which module's data/neutralize.sql fails or is missing.",
  });
}
