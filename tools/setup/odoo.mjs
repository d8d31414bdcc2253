import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fillDirectory, openDirectory, readJson } from "./cache.mjs";
import { extractDeb, obtainDebs, sha256Of } from "./debs.mjs";
import { companions, excluded, odooPackage, recipe } from "./odoo-recipe.mjs";
import { capture, lastLines } from "./process.mjs";
import { SetupError, note, phase } from "./progress.mjs";

const python = "/usr/bin/python3";
const packages = "usr/lib/python3/dist-packages";

/** The extractions that are complete and made by today's recipe, the newest first. */
function extractions(cache) {
  const home = join(cache, "odoo");
  if (!existsSync(home)) return [];
  return readdirSync(home)
    .map((name) => ({ root: join(home, name), facts: readJson(join(home, name, "plimsoll.json")) }))
    .filter(({ facts }) => facts?.recipe === recipe)
    .sort((a, b) => b.facts.extractedAtMs - a.facts.extractedAtMs);
}

async function field(deb, name) {
  const { code, stdout, output } = await capture("dpkg-deb", ["-f", deb, name]);
  if (code !== 0)
    throw new SetupError(
      `${deb} isn't a readable Debian package`,
      lastLines(output),
      `delete it, or name another with PLIMSOLL_ODOO_DEB=<file>`,
    );
  return stdout.trim();
}

function danglingLinks(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return danglingLinks(path);
    return entry.isSymbolicLink() && !existsSync(path) ? [path] : [];
  });
}

function describe(root, facts, cache) {
  return {
    version: facts.packageVersion.split(".").slice(0, 2).join("."),
    packageVersion: facts.packageVersion,
    root,
    python,
    pythonPath: join(root, packages),
    server: join(root, "usr/bin/odoo"),
    addonsPath: join(root, packages, "odoo/addons"),
    pycachePrefix: join(cache, "pycache"),
  };
}

function odooEnv(odoo) {
  const env = { ...process.env, PYTHONPATH: odoo.pythonPath, PYTHONPYCACHEPREFIX: odoo.pycachePrefix };
  // It would make every start compile everything again.
  delete env.PYTHONDONTWRITEBYTECODE;
  return env;
}

/**
 * Compiles Odoo, its libraries and Python's own into the shared prefix. Python looks only there once a prefix is set, and
 * Odoo runs as OS users that can't write there.
 */
async function precompile(odoo, root) {
  const stamp = join(root, "precompiled");
  if (existsSync(stamp) && existsSync(odoo.pycachePrefix)) return;
  const trees = ["/usr/lib/python3.11", "/usr/lib/python3/dist-packages", odoo.pythonPath].filter((tree) => existsSync(tree));
  openDirectory(odoo.pycachePrefix);
  const result = await phase("Odoo 19", "compiling", () =>
    capture(odoo.python, ["-m", "compileall", "-q", "-j", "2", "-x", "/(tests?|idlelib|lib2to3)/", ...trees], { env: odooEnv(odoo) }),
  );
  // A library may carry files for other Python versions; what matters is whether Odoo answers, which is asked next.
  if (!existsSync(join(odoo.pycachePrefix, odoo.pythonPath)))
    throw new SetupError("Odoo couldn't be compiled", lastLines(result.output), "look at the lines above, then run again");
  writeFileSync(stamp, "");
}

async function answers(odoo) {
  const { code, stdout, output } = await capture(odoo.python, [odoo.server, "--version"], { env: odooEnv(odoo) });
  if (code !== 0 || !stdout.includes("Odoo Server 19.0"))
    throw new SetupError("the extracted Odoo doesn't start", lastLines(output), `remove ${odoo.root} and run again`);
}

/**
 * Odoo 19 from Debian's package, extracted once into the cache.
 * @param libraries settles when Odoo's Python libraries are installed; downloading and extracting don't wait for it
 */
export async function ensureOdoo(cache, lock, libraries = Promise.resolve(), override = process.env.PLIMSOLL_ODOO_DEB) {
  if (override && !existsSync(override))
    throw new SetupError(`PLIMSOLL_ODOO_DEB names ${override}, which isn't there`, "", "name an existing .deb, or unset PLIMSOLL_ODOO_DEB");
  const overrideSha = override ? await sha256Of(override) : null;
  const ready = () =>
    extractions(cache).find(
      ({ facts, root }) => (overrideSha === null || facts.sha256 === overrideSha) && existsSync(join(root, "precompiled")),
    );
  const before = ready();
  if (before) return describe(before.root, before.facts, cache);

  await lock();
  let extraction = extractions(cache).find(({ facts }) => overrideSha === null || facts.sha256 === overrideSha);
  if (!extraction) {
    const wanted = [...(override ? [] : [{ name: odooPackage, suite: "sid" }]), ...companions];
    const files = [
      ...(override ? [override] : []),
      ...(await obtainDebs(cache, "Odoo 19", wanted, `get the Debian package ${odooPackage} and run again with PLIMSOLL_ODOO_DEB=<file>`)),
    ];
    const name = await field(files[0], "Package");
    const packageVersion = await field(files[0], "Version");
    if (name !== odooPackage || !packageVersion.startsWith("19.0"))
      throw new SetupError(
        `${files[0]} is ${name} ${packageVersion}`,
        `Needed is ${odooPackage} 19.0.`,
        "name another with PLIMSOLL_ODOO_DEB=<file>",
      );
    const sha256 = overrideSha ?? (await sha256Of(files[0]));
    const root = join(cache, "odoo", `${packageVersion.replace(/[^A-Za-z0-9.+~-]/g, "_")}-r${recipe}-${sha256.slice(0, 8)}`);
    await phase("Odoo 19", "extracting", () =>
      fillDirectory(root, async (into) => {
        for (const file of files) await extractDeb(file, into, excluded);
        const dangling = danglingLinks(into);
        if (dangling.length > 0) note(`Odoo 19: ${dangling.length} links lead nowhere, the first is ${dangling[0].slice(into.length)}`);
        writeFileSync(
          join(into, "plimsoll.json"),
          JSON.stringify({ recipe, packageVersion, sha256, file: basename(files[0]), extractedAtMs: Date.now() }),
        );
      }),
    );
    extraction = extractions(cache).find((candidate) => candidate.root === root);
  }
  const odoo = describe(extraction.root, extraction.facts, cache);
  await libraries;
  await precompile(odoo, extraction.root);
  await phase("Odoo 19", "asking its version", () => answers(odoo));
  return odoo;
}
