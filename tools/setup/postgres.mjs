import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fillDirectory, isRoot } from "./cache.mjs";
import { extractDeb, obtainDebs } from "./debs.mjs";
import { capture, lastLines } from "./process.mjs";
import { SetupError, phase } from "./progress.mjs";

const binaries = "usr/lib/postgresql/15/bin";
const programs = ["postgres", "initdb", "pg_ctl", "pg_dump", "pg_restore", "psql"];
const wanted = ["postgresql-15", "postgresql-client-15"].map((name) => ({ name, suite: "bookworm" }));

// The just-in-time compiler is left out: it needs 130 MB of LLVM, and PostgreSQL goes without when the file isn't there.
const excluded = [
  "./usr/share/doc",
  "./usr/share/locale",
  "./usr/share/man",
  "./usr/lib/postgresql/15/lib/llvmjit*",
  "./usr/lib/postgresql/15/lib/bitcode",
];

/** What Debian's PostgreSQL 15 is linked with. */
export const postgresLibraries =
  "libgssapi-krb5-2 libicu72 libldap-2.5-0 liblz4-1 libpam0g libpq5 libreadline8 libselinux1 libssl3 libsystemd0 libuuid1 libxml2 libxslt1.1 libzstd1 zlib1g tzdata".split(
    " ",
  );

async function versionIn(binDir) {
  if (programs.some((name) => !existsSync(join(binDir, name)))) return null;
  const { code, stdout } = await capture(join(binDir, "postgres"), ["--version"]);
  return code === 0 ? (/\b(15\.\d+)/.exec(stdout)?.[1] ?? null) : null;
}

async function ensureUser(lock) {
  const exists = () => /^postgres:/m.test(readFileSync("/etc/passwd", "utf8"));
  if (!isRoot || exists()) return;
  await lock();
  // As Debian's package would make it, which then takes it over if it is ever installed.
  const made = await capture("useradd", [
    "--system",
    "--user-group",
    "--home-dir",
    "/var/lib/postgresql",
    "--no-create-home",
    "--shell",
    "/bin/bash",
    "--comment",
    "PostgreSQL administrator",
    "postgres",
  ]);
  if (!exists())
    throw new SetupError(
      "the OS user postgres, as which PostgreSQL runs because it refuses root, couldn't be made",
      lastLines(made.output),
      "useradd --system --user-group postgres",
    );
}

/**
 * Debian's PostgreSQL 15: the machine's own where it is installed, else extracted into the cache. Installing it for good would
 * bring a server that starts with the machine, and change the machine's apt, for nothing.
 * @param libraries settles when what it is linked with is installed
 */
export async function ensurePostgres(cache, lock, libraries = Promise.resolve()) {
  await ensureUser(lock);
  const installed = join("/", binaries);
  const system = await versionIn(installed);
  if (system !== null) return { version: system, binDir: installed };
  const root = join(cache, "postgresql", "15");
  const binDir = join(root, binaries);
  let version = await versionIn(binDir);
  if (version === null) {
    await lock();
    const files = await obtainDebs(cache, "PostgreSQL 15", wanted, `apt-get install ${wanted.map(({ name }) => name).join(" ")}`);
    await phase("PostgreSQL 15", "extracting", () =>
      fillDirectory(root, async (into) => {
        for (const file of files) await extractDeb(file, into, excluded);
      }),
    );
    await libraries;
    version = await versionIn(binDir);
  }
  if (version === null) {
    const { output } = await capture(join(binDir, "postgres"), ["--version"]);
    throw new SetupError("PostgreSQL 15 doesn't answer", lastLines(output), `remove ${root} and run again`);
  }
  return { version, binDir };
}
