import { mkdirSync, rmSync } from "node:fs";
import { cp, mkdtemp, readFile, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CommandResult } from "../parts/plimsoll.ts";
import { freePort } from "../parts/free-port.ts";
import { restoreTenant } from "../parts/template.ts";
import { changingNothing, editedRelease, expectRefused, otherDeclaration, plimsollOnce } from "./bad-input-kit.ts";
import { smallAddons, startSmallTenant, type SmallTenant } from "./small-tenant.ts";

/** A file system that isn't the one of temporary files, on every Linux. */
const otherFileSystem = "/dev/shm";

let small: SmallTenant;
let port: number;
beforeAll(async () => {
  small = await startSmallTenant();
  port = await freePort();
  const { cluster, dataDirectory } = small.tenant;
  await restoreTenant(cluster, { template: "small-r1", database: "other", owner: "odoo", dataDir: dataDirectory });
}, 300_000);
afterAll(async () => {
  await small?.dispose();
});

const sql = (database: string, statement: string): Promise<unknown> => small.tenant.cluster.query(database, statement);

/** Applies the declaration of a further environment, which must leave everything as it was. */
async function applyOther(edit?: (yaml: string) => string, database = "other"): Promise<CommandResult> {
  const file = otherDeclaration(small, database, port, edit);
  return changingNothing(small, () => small.plimsoll.run("apply", "-f", file));
}

/** A plan for the adopted environment, asked for in a situation that must be refused. */
async function planRefused(): Promise<CommandResult> {
  const { id } = await small.plimsoll.json<{ id: string }>(
    ...["change", "create", "--environment", "acme-production", "--release", "r2-field"],
  );
  return changingNothing(small, () => small.plimsoll.run("change", "plan", id));
}

describe("a database", () => {
  it("that can't be reached", async () => {
    const result = await applyOther((yaml) => yaml.replace(/port: \d+/, "port: 1"));
    expectRefused(result, 1, "DATABASE_UNREACHABLE", /PostgreSQL at 127\.0\.0\.1:1 can't be reached/, /ECONNREFUSED/);
  });

  it("whose password is wrong, when it is adopted and when a change is planned", async () => {
    const { passwordFile } = small.tenant;
    const right = await readFile(passwordFile, "utf8");
    await writeFile(passwordFile, "s3cret-but-wrong\n");
    try {
      for (const result of [await applyOther(), await planRefused()]) {
        expectRefused(result, 1, "DATABASE_PASSWORD_WRONG", /refuses the role "odoo"/, /password authentication failed/);
        expect(result.stderr).not.toContain("s3cret");
      }
    } finally {
      await writeFile(passwordFile, right);
    }
  });

  it("that isn't there", async () => {
    expectRefused(await applyOther(undefined, "othr"), 1, "DATABASE_MISSING", /There is no database "othr"/);
  });

  it("that isn't Odoo's", async () => {
    expectRefused(await applyOther(undefined, "postgres"), 1, "DATABASE_NOT_ODOO", /"postgres" isn't an Odoo database/);
  });

  it("of another series", async () => {
    await sql("other", "UPDATE ir_module_module SET latest_version = '18.0.1.3' WHERE name = 'base'");
    try {
      expectRefused(await applyOther(), 1, "DATABASE_OTHER_SERIES", /is Odoo 18\.0 \(base 18\.0\.1\.3\)/);
    } finally {
      await sql("other", "UPDATE ir_module_module SET latest_version = '19.0.1.3' WHERE name = 'base'");
    }
  });
});

describe("a role", () => {
  it("that may not even read", async () => {
    await small.tenant.cluster.createRole("guest", { password: "guest", createdb: true });
    const file = join(small.tenant.directory, "guest");
    await writeFile(file, "guest", { mode: 0o600 });
    const result = await applyOther((yaml) => yaml.replace("user: odoo", "user: guest").replace(/fromFile: .*/, `fromFile: ${file}`));
    expectRefused(result, 1, "DATABASE_RIGHTS_MISSING", /"guest"/, /ir_module_module/);
  });

  it("that isn't the database's owner", async () => {
    await sql("postgres", "ALTER DATABASE other OWNER TO postgres_admin");
    try {
      expectRefused(
        await applyOther(),
        1,
        "DATABASE_RIGHTS_MISSING",
        /"odoo" lacks ownership of database "other"/,
        /ALTER DATABASE "other" OWNER/,
      );
    } finally {
      await sql("postgres", "ALTER DATABASE other OWNER TO odoo");
    }
  });

  it("without CREATEDB, when it is adopted and when a change is planned", async () => {
    await sql("postgres", "ALTER ROLE odoo NOCREATEDB");
    try {
      for (const result of [await applyOther(), await planRefused()])
        expectRefused(result, 1, "DATABASE_RIGHTS_MISSING", /"odoo" lacks CREATEDB/, /ALTER ROLE "odoo" CREATEDB/);
    } finally {
      await sql("postgres", "ALTER ROLE odoo CREATEDB");
    }
  });
});

describe("attachments", () => {
  const tree = (database: string): string => join(small.tenant.dataDirectory, "filestore", database);

  it("that are missing", async () => {
    await rename(tree("other"), `${tree("other")}-away`);
    try {
      const result = await applyOther();
      expectRefused(result, 1, "FILESTORE_MISSING", /there is no directory .*\/filestore\/other/, /dataDirectory/);
    } finally {
      await rename(`${tree("other")}-away`, tree("other"));
    }
  });

  it("on another file system, when it is adopted and when a change is planned", async () => {
    const elsewhere = await mkdtemp(join(otherFileSystem, "plimsoll-"));
    try {
      for (const [database, refused] of [["other", () => applyOther()] as const, ["acme", planRefused] as const]) {
        await cp(tree(database), join(elsewhere, database), { recursive: true });
        await rename(tree(database), `${tree(database)}-away`);
        await symlink(join(elsewhere, database), tree(database));
        try {
          expectRefused(await refused(), 1, "FILESTORE_OTHER_FILESYSTEM", new RegExp(`${tree(database)} and .* different file systems`));
        } finally {
          await rm(tree(database));
          await rename(`${tree(database)}-away`, tree(database));
        }
      }
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });
});

it("a disk that can't hold the clone is refused by the plan", async () => {
  const { cluster } = small.tenant;
  const [row] = await cluster.query<{ oid: number }>("postgres", "SELECT oid::int FROM pg_database WHERE datname = 'acme'");
  // PostgreSQL counts every file in a database's directory, and a file that is all hole takes no room.
  const hole = join(cluster.dataDir, "base", String(row?.oid), "hole");
  await writeFile(hole, "", { mode: 0o644 });
  try {
    await truncate(hole, 4 * 1024 ** 4);
    expectRefused(await planRefused(), 1, "DISK_TOO_SMALL", /has [\d,]+ MB free; a change of acme needs [\d,]+ MB/);
  } finally {
    await rm(hole);
  }
});

describe("a declaration", () => {
  it.each<[string, (yaml: string) => string, RegExp]>([
    [
      "an unknown key",
      (yaml) => yaml.replace("workers:", "worker:"),
      /line 26: unknown key `spec\.runtime\.worker`; did you mean `workers`\?/,
    ],
    [
      "a line that isn't indented as its neighbours",
      (yaml) => yaml.replace("  stage:", " stage:"),
      /line 14: this line isn't indented as the keys/,
    ],
    ["a tab", (yaml) => yaml.replace("  stage:", "\tstage:"), /line 14: a tab indents this line/],
    ["a duration without its unit", (yaml) => yaml.replace("hold: 110s", "hold: 110"), /line 37: .*a duration with its unit, such as 60s/],
    [
      "a password in the clear",
      (yaml) => yaml.replace(/password:\n.*/, "password: hunter2"),
      /line 20: .*never written into a declaration/,
    ],
  ])("with %s", async (_what, edit, says) => {
    const result = await applyOther(edit);
    expectRefused(result, 1, "INPUT_INVALID", says, /nothing was changed/);
    expect(result.stderr).not.toMatch(/hunter2|^ {3}- /m);
  });

  it("of another database for an environment that is there", async () => {
    const file = small.tenant.declaration((yaml) => yaml.replace(/port: \d+/, "port: 1"));
    const result = await changingNothing(small, () => small.plimsoll.run("apply", "-f", file));
    expectRefused(result, 1, "CONFLICT", /acme-production is the environment of 127\.0\.0\.1:\d+\/acme/);
  });

  it("of a port that is in use", async () => {
    const taken = await listening();
    try {
      const result = await applyOther((yaml) => yaml.replace(/listen: .*/, `listen: 127.0.0.1:${taken.port}`));
      expectRefused(result, 1, "PORT_IN_USE", new RegExp(`127\\.0\\.0\\.1:${taken.port} can't be listened on for acme-other`));
    } finally {
      taken.server.close();
    }
  });

  it("of an Odoo that never becomes healthy, with the end of its log", async () => {
    await editedRelease(small, "r-broken", async (module) => {
      await writeFile(join(module, "__init__.py"), 'from . import models\n\nraise RuntimeError("pl_small needs a library of 2031")\n');
    });
    const result = await applyOther((yaml) =>
      yaml.replace("release: r1", "release: r-broken").replace("limits: {", "limits: {boot: 15s, "),
    );
    expectRefused(result, 1, "ODOO_UNHEALTHY", /acme-other was not healthy within 15 s/, /RuntimeError: pl_small needs a library of 2031/);
    await expect(fetch(`http://127.0.0.1:${port}/web/login`)).rejects.toThrow();
  });
});

it("plimsoll up on a port that is in use", async () => {
  const taken = await listening();
  const home = join(small.tenant.directory, "second-home");
  mkdirSync(home);
  try {
    const second = await plimsollOnce(["up", "--listen", `127.0.0.1:${taken.port}`], { PLIMSOLL_HOME: home });
    expectRefused(second, 1, "PORT_IN_USE", new RegExp(`127\\.0\\.0\\.1:${taken.port} can't be listened on`), /--listen/);
  } finally {
    taken.server.close();
    rmSync(home, { recursive: true });
  }
});

it("what is typed by hand: wrong names, missing options, a name that is taken", async () => {
  const { run } = small.plimsoll;
  const create = (...more: string[]): Promise<CommandResult> => run("change", "create", ...more);
  await changingNothing(small, async () => {
    expectRefused(await create("--environment", "acme-prod", "--release", "r1"), 1, "NOT_FOUND", /The environments are acme-production/);
    expectRefused(await create("--environment", "acme-production", "--release", "r7"), 1, "NOT_FOUND", /The releases are r1, r2-field/);
    expectRefused(await run("change", "run", "C-999"), 1, "NOT_FOUND", /There is no change C-999/, /change list/);
    expectRefused(await run("change", "show", "12"), 1, "INPUT_INVALID", /must be the id of a change, such as C-12/);
    expectRefused(await run("apply", "-f", "/nowhere.yaml"), 1, "INPUT_INVALID", /The file \/nowhere\.yaml can't be read/, /ENOENT/);
    const taken = await run("release", "create", "r1", "--addons", smallAddons("r2-field"));
    expectRefused(taken, 1, "CONFLICT", /Release r1 exists with other content/, /Give the new content a name of its own/);
    expect(await run("release", "create", "r1", "--addons", smallAddons("r1"))).toMatchObject({ exitCode: 0 });
    expect(await create("--environment", "acme-production")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/required option '--release <release>' not specified/) as string,
    });
    expect(await run("chnge", "list")).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/Did you mean change\?/) as string });
  });
});

async function listening(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { server, port: address.port };
}
