import { PlimsollError } from "../domain/shared/errors.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Are these folders or wheels, and not names of releases? A name without a slash may be either: what lies there counts first.
 *
 * @throws INPUT_INVALID when one is and the other isn't, or when there is nothing at a path
 */
export async function areFolders(trees: readonly string[], terminal: Terminal): Promise<boolean> {
  const found = await Promise.all(trees.map((tree) => isFolder(tree, terminal)));
  if (found.every((folder) => folder === found[0])) return found[0] === true;
  throw new PlimsollError("INPUT_INVALID", `One of ${trees.join(" and ")} is a folder, the other isn't.`, {
    fix: "Give two folders, or two releases of the store (plimsoll release list).",
  });
}

async function isFolder(tree: string, { host }: Terminal): Promise<boolean> {
  if (await host.exists(tree)) return true;
  if (!/[/\\]|\.(whl|zip)$/.test(tree)) return false;
  throw new PlimsollError("INPUT_INVALID", `There is nothing at ${tree}.`, { fix: "Give an addons folder, a module, or a wheel." });
}
