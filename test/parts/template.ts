import { createHash, randomBytes } from "node:crypto";
import { chownSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { cacheRoot, fillDirectory, takeLock } from "../../tools/setup/cache.mjs";
import { startCluster } from "./cluster.ts";
import type { Cluster } from "./cluster.ts";
import { odooConfig, runOdoo } from "./odoo.ts";
import { postgresUser } from "./os-user.ts";
import { readParts } from "./parts.ts";
import type { Parts } from "./parts.ts";
import { mustRun } from "./program.ts";
import { makeScratch } from "./scratch.ts";

/**
 * `small`: base, web, bus and html_editor, for tests. `services`: projects, timesheets and sales, without demo data.
 * `contacts`: base with mail and contacts. `trade`: sales, purchases, stock and leaves. Both without demo data.
 * `small-r1` and `firm` have the first of the sample releases installed; `firm` also has people and work. All: admin / admin.
 */
export type TemplateName = "small" | "contacts" | "services" | "trade" | "small-r1" | "firm";

export interface TenantTemplate {
  readonly name: TemplateName;
  readonly directory: string;
  /** pg_dump's custom format, without owners. */
  readonly dump: string;
  /** The content of the filestore directory. */
  readonly filestore: string;
}

interface Recipe {
  readonly install: readonly string[];
  /** Addons folder of a sample release, before Odoo's own. */
  readonly addons?: string;
  /** Python for `odoo shell`, after the installation. */
  readonly seed?: string;
}

const fixture = (path: string): string => fileURLToPath(new URL(`../fixtures/${path}`, import.meta.url));

const recipes: Readonly<Record<TemplateName, Recipe>> = {
  // The style sheets of web's pages don't compile without html_editor.
  small: { install: ["-i", "base,html_editor", "--skip-auto-install"] },
  contacts: { install: ["-i", "contacts"] },
  services: { install: ["-i", "contacts,project,hr_timesheet,sale_management"] },
  trade: { install: ["-i", "contacts,sale_management,purchase,stock,hr_holidays"] },
  "small-r1": { install: ["-i", "base,html_editor,pl_small", "--skip-auto-install"], addons: fixture("small/r1/addons") },
  firm: {
    install: ["-i", "contacts,project,hr_timesheet,sale_management,pl_services,pl_billing"],
    addons: fixture("releases/r1/addons"),
    seed: fileURLToPath(new URL("../../tools/demo/seed.py", import.meta.url)),
  },
};

/** Names and contents of everything that a recipe reads, so that an edited sample release makes a new template. */
function recipeContent(recipe: Recipe): readonly string[] {
  const files =
    recipe.addons === undefined
      ? []
      : readdirSync(recipe.addons, { recursive: true, withFileTypes: true }).filter(
          (entry) => entry.isFile() && !entry.name.endsWith(".pyc"),
        );
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  const addons = paths.flatMap((path) => [path.slice(recipe.addons?.length), readFileSync(path, "base64")]);
  return recipe.seed === undefined ? addons : [...addons, readFileSync(recipe.seed, "utf8")];
}

/** Raised when what is built changes in a way that the arguments don't show. */
const recipeVersion = 1;

function recipeHash(name: TemplateName, parts: Parts): string {
  const content = JSON.stringify({
    recipeVersion,
    name,
    install: recipes[name].install,
    content: recipeContent(recipes[name]),
    odoo: parts.odoo.root.split("/").at(-1),
    postgres: parts.postgres.version.split(".")[0],
  });
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}

function describe(name: TemplateName, directory: string): TenantTemplate {
  return { name, directory, dump: join(directory, "database.dump"), filestore: join(directory, "filestore.tar") };
}

async function build(name: TemplateName, parts: Parts, into: TenantTemplate): Promise<void> {
  const recipe = recipes[name];
  const user = postgresUser();
  const cluster = await startCluster();
  const scratch = makeScratch("template", user);
  try {
    await cluster.createRole("odoo", { password: "odoo", createdb: true });
    const dataDir = join(scratch.directory, "data");
    mkdirSync(dataDir);
    if (user) chownSync(dataDir, user.uid, user.gid);
    const config = odooConfig({
      file: join(scratch.directory, "odoo.conf"),
      cluster,
      role: "odoo",
      password: "odoo",
      dataDir,
      odoo: parts.odoo,
      user,
      ...(recipe.addons === undefined ? {} : { addons: [readableCopy(recipe.addons, scratch.directory)] }),
    });
    const args = ["-d", "template", ...recipe.install, "--without-demo=True", "--stop-after-init", "--no-http"];
    const run = await runOdoo({ parts, config, args, ...(user ? { uid: user.uid, gid: user.gid } : {}) });
    const installed = await cluster.query("template", "SELECT 1 FROM ir_module_module WHERE name = 'base' AND state = 'installed'");
    if (run.exitCode !== 0 || installed.length === 0 || / (ERROR|CRITICAL) template /.test(run.log))
      throw new Error(`building the template ${name} failed:\n${run.log.slice(-4000)}`);
    if (recipe.seed !== undefined) {
      const seeded = await runOdoo({
        parts,
        config,
        args: ["-d", "template", "--no-http"],
        shell: readFileSync(recipe.seed, "utf8"),
        ...(user ? { uid: user.uid, gid: user.gid } : {}),
      });
      if (seeded.exitCode !== 0 || seeded.log.includes("Traceback"))
        throw new Error(`seeding the template ${name} failed:\n${seeded.log.slice(-4000)}`);
    }
    await mustRun(join(cluster.binDir, "pg_dump"), ["-Fc", "-Z", "1", "--no-owner", "--no-privileges", "-f", into.dump, "template"], {
      env: cluster.clientEnv(),
    });
    const filestore = join(dataDir, "filestore", "template");
    mkdirSync(filestore, { recursive: true });
    await mustRun("tar", ["-cf", into.filestore, "-C", filestore, "."]);
  } finally {
    await cluster.stop();
    await scratch.remove();
  }
}

/** A checkout may lie where only its owner can read; Odoo runs as another user here. */
function readableCopy(addons: string, directory: string): string {
  const copy = join(directory, "addons");
  cpSync(addons, copy, { recursive: true });
  return copy;
}

/** The template of that name; built on first use (seconds for `small`, about a minute for `services`) and kept in the cache. */
export async function tenantTemplate(name: TemplateName): Promise<TenantTemplate> {
  const parts = readParts();
  const cache = cacheRoot();
  const template = describe(name, join(cache, "templates", recipeHash(name, parts)));
  if (existsSync(template.directory)) return template;
  const release = await takeLock(join(cache, "templates"), undefined, name);
  try {
    if (!existsSync(template.directory)) {
      await fillDirectory(template.directory, async (into) => {
        await build(name, parts, describe(name, into));
        writeFileSync(
          join(into, "template.json"),
          JSON.stringify({ name, install: recipes[name].install, odoo: parts.odoo.packageVersion }),
        );
      });
    }
  } finally {
    release();
  }
  return template;
}

export interface RestoreOptions {
  readonly template: TenantTemplate | TemplateName;
  readonly database: string;
  /** A role of the cluster; owns the database and everything in it. */
  readonly owner: string;
  /** Odoo's data directory; the filestore is put into it. */
  readonly dataDir: string;
  /** Who owns the filestore; without it who owns `dataDir`. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** Restores the dump once per cluster and owner, so that every tenant after the first is a server-side copy. */
async function ensureTemplateDatabase(cluster: Cluster, template: TenantTemplate, owner: string): Promise<string> {
  const name = `tpl_${template.name}_${owner}`;
  const client = new pg.Client({ connectionString: cluster.dsn("postgres") });
  client.on("error", () => {});
  await client.connect();
  try {
    // Several test processes may share a cluster.
    await client.query("SELECT pg_advisory_lock(hashtext($1))", [name]);
    if ((await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [name])).rowCount === 1) return name;
    const loading = `${name}_${randomBytes(4).toString("hex")}`;
    await client.query(
      `CREATE DATABASE ${pg.escapeIdentifier(loading)} OWNER ${pg.escapeIdentifier(owner)} TEMPLATE template0 ENCODING 'UTF8'`,
    );
    await mustRun(
      join(readParts().postgres.binDir, "pg_restore"),
      ["--no-owner", "--no-privileges", `--role=${owner}`, "-j", "2", "--exit-on-error", "-d", loading, template.dump],
      { env: cluster.clientEnv() },
    );
    await client.query(`ALTER DATABASE ${pg.escapeIdentifier(loading)} RENAME TO ${pg.escapeIdentifier(name)}`);
    await client.query(`ALTER DATABASE ${pg.escapeIdentifier(name)} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false`);
    return name;
  } finally {
    await client.end();
  }
}

/** A tenant of one's own, complete with its filestore in `<dataDir>/filestore/<database>`. */
export async function restoreTenant(cluster: Cluster, options: RestoreOptions): Promise<void> {
  const template = typeof options.template === "string" ? await tenantTemplate(options.template) : options.template;
  const source = await ensureTemplateDatabase(cluster, template, options.owner);
  const quoted = pg.escapeIdentifier;
  await cluster.query("postgres", `CREATE DATABASE ${quoted(options.database)} OWNER ${quoted(options.owner)} TEMPLATE ${quoted(source)}`);
  // Two copies with one identity would look like one database to whoever tells them apart by it.
  await cluster.query(options.database, "UPDATE ir_config_parameter SET value = gen_random_uuid()::text WHERE key = 'database.uuid'");
  const filestore = join(options.dataDir, "filestore", options.database);
  mkdirSync(filestore, { recursive: true });
  await mustRun("tar", ["-xf", template.filestore, "--no-same-owner", "-C", filestore]);
  const owner = options.user ?? statSync(options.dataDir);
  if (process.getuid?.() === 0) await mustRun("chown", ["-R", `${owner.uid}:${owner.gid}`, join(options.dataDir, "filestore")]);
}
