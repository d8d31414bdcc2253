import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun, runProgram } from "../../test/parts/program.ts";
import { cacheRoot, fillDirectory, openDirectory, takeLock } from "../setup/cache.mjs";
import type { Build, Sample } from "./sample.ts";

/** Holds what pip gave, what was extracted from it, and what Odoo made of it. */
export const corpusCache = (): string => join(cacheRoot(), "corpus");

/** An extracted wheel is an addons folder: `<module>/__manifest__.py`; its METADATA lies beside the module. */
export const addonsOf = ({ addon, version }: Build): string => join(corpusCache(), "addons", `${addon}-${version}`);

const distributionOf = (addon: string): string => `odoo-addon-${addon}`;

/**
 * Gets the wheels that aren't in the cache through pip, whose index is that of the machine, and extracts them.
 * Every one has to have the digest that the sample states.
 *
 * @throws when one can't be had; a corpus with holes would be measured as if it were whole
 */
export async function obtainWheels(builds: readonly Build[], wheels: Sample["wheels"], say: (message: string) => void): Promise<void> {
  const missing = [...new Map(builds.map((build) => [addonsOf(build), build])).values()].filter((build) => !existsSync(addonsOf(build)));
  if (missing.length === 0) return;
  openDirectory(join(corpusCache(), "addons"));
  const release = await takeLock(corpusCache(), () => say("another run is getting wheels; waiting for it"), "wheels");
  try {
    for (const round of rounds(missing.filter((build) => !existsSync(addonsOf(build))))) {
      say(`getting ${round.length} wheels with pip`);
      const into = mkdtempSync(join(tmpdir(), "plimsoll-wheels-"));
      try {
        await download(round, wheels, into);
        for (const build of round) await extract(build, into);
      } finally {
        rmSync(into, { recursive: true, force: true });
      }
    }
  } finally {
    release();
  }
}

/** pip takes one version of a distribution at a time. */
function rounds(builds: readonly Build[]): Build[][] {
  const found: Build[][] = [];
  for (const build of builds) {
    const fits = found.find((round) => round.every(({ addon }) => addon !== build.addon));
    if (fits === undefined) found.push([build]);
    else fits.push(build);
  }
  return found;
}

async function download(builds: readonly Build[], wheels: Sample["wheels"], into: string): Promise<void> {
  await pipDownload(
    builds.map(({ addon, version }) => {
      const digest = wheels[addon]?.[version];
      if (digest === undefined) throw new Error(`the sample has no digest of ${addon} ${version}`);
      return `${distributionOf(addon)}==${version} --hash=sha256:${digest}`;
    }),
    into,
  );
}

async function pipDownload(requirements: readonly string[], into: string): Promise<void> {
  const file = join(into, "requirements.txt");
  writeFileSync(file, `${requirements.join("\n")}\n`);
  const args = ["download", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--dest", into, "-r", file];
  const end = await runProgram("python3", ["-m", "pip", ...args]);
  if (end.exitCode !== 0)
    throw new Error(`pip couldn't get what it was asked for:\n${requirements.join("\n")}\n${end.output.slice(-2000)}`);
}

/** The sample's Python distributions in one folder for Odoo's Python path. @returns it */
export async function obtainPython(python: Sample["python"]): Promise<string> {
  const key = createHash("sha256").update(JSON.stringify(python)).digest("hex").slice(0, 12);
  const directory = join(corpusCache(), "python", key);
  if (existsSync(directory)) return directory;
  openDirectory(join(corpusCache(), "python"));
  const release = await takeLock(corpusCache(), undefined, "wheels");
  const from = mkdtempSync(join(tmpdir(), "plimsoll-wheels-"));
  try {
    await pipDownload(
      Object.entries(python).map(([name, { version, sha256 }]) => `${name}==${version} --hash=sha256:${sha256}`),
      from,
    );
    await fillDirectory(directory, async (into) => {
      for (const wheel of readdirSync(from).filter((name) => name.endsWith(".whl")))
        await mustRun("python3", ["-m", "zipfile", "-e", join(from, wheel), into]);
    });
  } finally {
    rmSync(from, { recursive: true, force: true });
    release();
  }
  return directory;
}

async function extract(build: Build, from: string): Promise<void> {
  const start = `odoo_addon_${build.addon.replaceAll("-", "_")}-${build.version}-`;
  const wheel = readdirSync(from).find((name) => name.startsWith(start) && name.endsWith(".whl"));
  if (wheel === undefined) throw new Error(`pip gave no wheel of ${build.addon} ${build.version}`);
  await fillDirectory(addonsOf(build), async (into) => {
    const end = await runProgram("python3", ["-c", unpack, join(from, wheel), into]);
    if (end.exitCode !== 0) throw new Error(`${wheel} can't be extracted:\n${end.output.slice(-2000)}`);
  });
}

/** Modules are laid at the top, so that the folder is an addons path; nothing outside of it is ever written, nothing is a link. */
const unpack = `
import pathlib, sys, zipfile
wheel, into = zipfile.ZipFile(sys.argv[1]), pathlib.Path(sys.argv[2])
for info in wheel.infolist():
    parts = pathlib.PurePosixPath(info.filename).parts
    if info.is_dir() or ".." in parts or info.filename.startswith("/"):
        continue
    if parts[:2] == ("odoo", "addons"):
        target = into.joinpath(*parts[2:])
    elif parts[0].endswith(".dist-info") and parts[-1] == "METADATA":
        target = into / "METADATA"
    else:
        continue
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(wheel.read(info))
`;

/** What a wheel needs beside Odoo: addons, and distributions of other people. */
export function requirementsOf(build: Build): { readonly addons: readonly string[]; readonly python: readonly string[] } {
  const lines =
    readFileSync(join(addonsOf(build), "METADATA"), "utf8")
      .split("\n\n")[0]
      ?.split("\n") ?? [];
  const names = lines.flatMap((line) => {
    const [, name, rest] = /^Requires-Dist: ([A-Za-z0-9._-]+)(.*)$/.exec(line) ?? [];
    return name === undefined || rest?.includes("extra ==") === true ? [] : [name.toLowerCase().replaceAll(/[._]/g, "-")];
  });
  const addons = names.filter((name) => name.startsWith("odoo-addon-")).map((name) => name.slice("odoo-addon-".length));
  return { addons, python: names.filter((name) => !name.startsWith("odoo-addon-") && name !== "odoo") };
}
