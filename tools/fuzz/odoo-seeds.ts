import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { readParts } from "../../test/parts/parts.ts";
import type { FuzzTarget } from "./targets.ts";

/** Enough to meet every construct that is in use; small, so that a mutation matters. */
const filesMax = 150;
const bytesMax = 6 * 1024;

/** The targets with files of the installed Odoo among their seeds; as they are when there is none. */
export function withOdooSeeds(targets: readonly FuzzTarget[]): readonly FuzzTarget[] {
  const addons = installedAddons();
  if (addons === null) return targets;
  const files = readdirSync(addons, { recursive: true, encoding: "utf8" })
    .map((file) => `/${file}`)
    .toSorted();
  return targets.map((target) => {
    const { like } = target;
    if (like === null) return target;
    const small = files.filter((file) => like.test(file)).filter((file) => statSync(join(addons, file)).size <= bytesMax);
    const step = Math.max(1, Math.floor(small.length / filesMax));
    const chosen = small.filter((_, index) => index % step === 0).slice(0, filesMax);
    return { ...target, seeds: [...target.seeds, ...chosen.map((file) => readFileSync(join(addons, file), "utf8"))] };
  });
}

function installedAddons(): string | null {
  try {
    return readParts().odoo.addonsPath.split(",")[0] ?? null;
  } catch {
    return null;
  }
}
