import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isRoot } from "./cache.mjs";
import { capture, lastLines } from "./process.mjs";
import { SetupError, phase } from "./progress.mjs";

const archiveKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** The stanzas of a deb822 `.sources` file. */
function stanzas(text) {
  return text
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n")
    .split(/\n[ \t]*\n/)
    .map((block) =>
      Object.fromEntries([...block.matchAll(/^([A-Za-z-]+):[ \t]*(.*)$/gm)].map(([, key, value]) => [key.toLowerCase(), value.trim()])),
    );
}

/** Where one sources file gets Debian itself from, or null. `name` says which of the two formats it has. */
export function mirrorOf(name, text) {
  const isMain = (suite) => /^(bookworm|trixie|stable|sid|unstable|testing)$/.test(suite);
  if (name.endsWith(".sources")) {
    for (const stanza of stanzas(text)) {
      const enabled = (stanza.enabled ?? "yes") !== "no" && (stanza.types ?? "").split(/\s+/).includes("deb");
      const components = (stanza.components ?? "").split(/\s+/);
      if (enabled && components.includes("main") && (stanza.suites ?? "").split(/\s+/).some(isMain)) {
        return { uri: stanza.uris.split(/\s+/)[0], signedBy: stanza["signed-by"] || archiveKeyring };
      }
    }
    return null;
  }
  for (const line of text.split("\n")) {
    const match = /^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(.*)$/.exec(line.trim());
    if (match === null || !isMain(match[3]) || !match[4].split(/\s+/).includes("main")) continue;
    const signedBy = /signed-by=(\S+)/.exec(match[1] ?? "")?.[1];
    return { uri: match[2], signedBy: signedBy ?? archiveKeyring };
  }
  return null;
}

export function machineMirror(etc = "/etc/apt") {
  const files = [join(etc, "sources.list")];
  const parts = join(etc, "sources.list.d");
  if (existsSync(parts))
    files.push(
      ...readdirSync(parts)
        .sort()
        .map((name) => join(parts, name)),
    );
  for (const file of files) {
    if (!existsSync(file) || !/\.(list|sources)$/.test(file)) continue;
    const mirror = mirrorOf(file, readFileSync(file, "utf8"));
    if (mirror !== null) return mirror;
  }
  return null;
}

/** Which of the named packages aren't installed. */
export async function missingPackages(names) {
  const { stdout } = await capture("dpkg-query", ["-W", "-f", "${Package}\\t${db:Status-Status}\\n", ...names]);
  const installed = new Set(stdout.split("\n").flatMap((line) => (line.endsWith("\tinstalled") ? [line.split("\t")[0]] : [])));
  return names.filter((name) => !installed.has(name));
}

const unattended = [
  "-q",
  "-y",
  "--no-install-recommends",
  "-o",
  "Dpkg::Use-Pty=0",
  "-o",
  "Dpkg::Options::=--force-confold",
  "-o",
  "DPkg::Lock::Timeout=300",
];

const aptHand = (missing) => `sudo sh -c 'apt-get update; apt-get install -y --no-install-recommends ${missing.join(" ")}'`;

/** Which of the named packages have to be installed. @throws saying what a person must run when we can't */
export async function packagesToInstall(names) {
  const missing = await missingPackages(names);
  if (missing.length === 0) return [];
  if (!existsSync("/usr/bin/apt-get"))
    throw new SetupError(
      "this isn't a Debian machine (no apt-get)",
      `Missing: ${missing.join(", ")}`,
      "use Debian 12, or a container of it",
    );
  if (!isRoot) throw new SetupError(`${missing.length} Debian packages are missing, and installing them needs root`, "", aptHand(missing));
  return missing;
}

/** Installs what is still missing of the named packages; needs root. */
export async function installPackages(names, lock) {
  if (names.length === 0) return;
  await lock();
  const missing = await missingPackages(names);
  if (missing.length === 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const update = () => phase("Debian packages", "reading the package lists", () => capture("apt-get", ["-q", "update"], { env }));
  const install = () =>
    phase("Debian packages", `installing ${missing.length}`, () => capture("apt-get", ["install", ...unattended, ...missing], { env }));
  const known = await capture("apt-cache", ["policy", ...missing]);
  let listsAreFresh = false;
  let updated = { output: "" };
  // Its exit code isn't looked at: one broken source that has nothing to do with us makes it fail.
  if ((known.stdout.match(/Candidate: (?!\(none\))/g) ?? []).length < missing.length) {
    updated = await update();
    listsAreFresh = true;
  }
  let result = await install();
  if (result.code !== 0 && result.output.includes("dpkg --configure -a")) {
    await phase("Debian packages", "finishing an interrupted installation", () =>
      capture("dpkg", ["--force-confold", "--configure", "-a"], { env }),
    );
    result = await install();
  }
  if (result.code !== 0 && !listsAreFresh) {
    updated = await update();
    result = await install();
  }
  const left = await missingPackages(names);
  if (left.length > 0)
    throw new SetupError(`apt-get couldn't install ${left.join(", ")}`, lastLines(`${updated.output}\n${result.output}`), aptHand(left));
}

/**
 * An apt of our own that reads the suites we name from the machine's mirror: nothing of the machine's apt is changed, and it
 * works without root.
 */
export function privateApt(directory, suites, mirror) {
  for (const part of ["state/lists/partial", "cache/archives/partial", "etc/empty"]) mkdirSync(join(directory, part), { recursive: true });
  const sources = join(directory, "etc", "plimsoll.sources");
  writeFileSync(sources, `Types: deb\nURIs: ${mirror.uri}\nSuites: ${suites.join(" ")}\nComponents: main\nSigned-By: ${mirror.signedBy}\n`);
  const empty = join(directory, "etc", "empty");
  const settings = {
    "Dir::State": join(directory, "state"),
    "Dir::State::status": "/var/lib/dpkg/status",
    "Dir::Cache": join(directory, "cache"),
    "Dir::Etc::sourcelist": sources,
    "Dir::Etc::sourceparts": empty,
    "Dir::Etc::preferences": join(empty, "none"),
    "Dir::Etc::preferencesparts": empty,
    // The cache may be where apt's own user can't go.
    "APT::Sandbox::User": process.env.USER && !isRoot ? process.env.USER : "root",
    "Acquire::Languages": "none",
    "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
    "Acquire::Retries": "3",
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  return {
    update: () => capture("apt-get", [...options, "-q", "update"]),
    download: (packages, into) => capture("apt-get", [...options, "-q", "download", ...packages], { cwd: into }),
  };
}
