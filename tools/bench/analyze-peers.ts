import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readParts } from "../../test/parts/parts.ts";
import { mustRun, runProgram } from "../../test/parts/program.ts";
import { cacheRoot, openDirectory } from "../setup/cache.mjs";

const packages = ["click-odoo-contrib==1.24", "pylint-odoo==10.0.12"];

export interface Peers {
  /** CPython's parser over the files. @returns ms, the start of Python included */
  ast(files: readonly string[]): Promise<number>;
  /** click-odoo-update's hash of every module, with its own exclusions. @returns ms */
  hashes(modules: readonly string[]): Promise<number>;
  /** pylint with pylint_odoo's checks alone. @returns ms */
  pylint(modules: readonly string[]): Promise<number>;
}

/** Tools from PyPI in an environment of their own, kept in the cache. @returns null when PyPI can't be reached */
export async function openPeers(say: (message: string) => void): Promise<Peers | null> {
  const venv = join(cacheRoot(), "bench-peers", packages.join("+"));
  if (!existsSync(venv) && !(await install(venv, say))) return null;
  const python = join(venv, "bin", "python");
  return {
    ast: (files) => timed(python, ["-c", astScript], files),
    hashes: (modules) => timed(python, ["-c", hashScript], modules),
    pylint: (modules) => {
      const flags = [
        "--load-plugins=pylint_odoo",
        "--disable=all",
        "--enable=odoolint",
        "--exit-zero",
        "--score=n",
        "--persistent=n",
        "-j2",
      ];
      return timed(python, ["-m", "pylint", ...flags, ...modules], []);
    },
  };
}

async function install(venv: string, say: (message: string) => void): Promise<boolean> {
  say(`installing ${packages.join(" and ")} into the cache`);
  openDirectory(join(cacheRoot(), "bench-peers"));
  // In place, because a virtual environment has its own path in it; a half-made one is removed.
  const { python } = readParts().odoo;
  const made = await runProgram(python, ["-m", "venv", venv]);
  const end =
    made.exitCode === 0
      ? await runProgram(join(venv, "bin", "pip"), ["install", "--quiet", "--disable-pip-version-check", ...packages])
      : made;
  if (end.exitCode === 0) return true;
  say(`the peers can't be installed: ${end.output.trim().slice(-300)}`);
  rmSync(venv, { recursive: true, force: true });
  return false;
}

async function timed(command: string, args: readonly string[], lines: readonly string[]): Promise<number> {
  const begun = performance.now();
  await mustRun(command, args, { input: lines.join("\n") });
  return performance.now() - begun;
}

const astScript = `
import ast, sys
for path in sys.stdin.read().split("\\n"):
    with open(path, "rb") as file:
        ast.parse(file.read())
`;

const hashScript = `
import importlib.util, sys, os
package = importlib.util.find_spec("click_odoo_contrib").submodule_search_locations[0]
# The package itself imports Odoo; the hash needs none.
spec = importlib.util.spec_from_file_location("addon_hash", os.path.join(package, "_addon_hash.py"))
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
exclude = "*.pyc,*.pyo,i18n/*.pot,i18n_extra/*.pot,static/*,tests/*".split(",")
for path in sys.stdin.read().split("\\n"):
    module.addon_hash(path, exclude, set())
`;
