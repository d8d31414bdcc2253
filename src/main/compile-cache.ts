import { statSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { homeOf, type Variables } from "./home.ts";

/**
 * Keeps what V8 makes of our code in the home, so that the next command begins sooner. Only in a home that is there and is
 * this user's own: what lies in the cache is run, so it must be nobody else's to write (Node's default, a folder under /tmp, is).
 */
export function useCompileCache(env: Variables): void {
  const { root } = homeOf(env);
  const facts = statSync(root, { throwIfNoEntry: false });
  if (facts === undefined || facts.uid !== process.getuid?.() || (facts.mode & 0o022) !== 0) return;
  enableCompileCache(join(root, "compile-cache"));
}
