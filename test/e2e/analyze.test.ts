import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { analysisPage } from "../../src/cli/render/analysis-page.ts";
import type { ReleaseAnalysis } from "../../src/domain/impact/analysis.ts";
import { giveApiKeys } from "../parts/api-keys.ts";
import { approvedChange, deploymentOf } from "../parts/plimsoll.ts";
import { editedRelease } from "./bad-input-kit.ts";
import { startSmallTenant, type SmallTenant } from "./small-tenant.ts";

/**
 * A tenant whose people made something of it, a release that collides with that, what the analysis says of it beforehand, and what the update
 * then did.
 */
let small: SmallTenant;
let key = "";
let ownView = 0;
let analysis: ReleaseAnalysis;

const notes = 1_234;

beforeAll(async () => {
  small = await startSmallTenant();
  [key = ""] = await giveApiKeys(small.tenant.cluster, "acme", "admin");
  await peopleWork();
  await editedRelease(small, "r-next", nextRelease);
  analysis = await analyse();
}, 300_000);
afterAll(async () => {
  await small?.dispose();
});

async function odoo<T>(model: string, method: string, body: object): Promise<T> {
  const response = await fetch(`${small.tenant.gatewayUrl}/json/2/${model}/${method}`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", "x-odoo-database": "acme" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${model}.${method}: ${response.status} ${text.slice(0, 1_000)}`);
  return JSON.parse(text) as T;
}

async function sql<T extends object>(query: string, ...values: unknown[]): Promise<T[]> {
  return small.tenant.cluster.query<T>("acme", query, values);
}

async function idOf(xmlid: string): Promise<number> {
  const [row] = await sql<{ id: number }>("SELECT res_id AS id FROM ir_model_data WHERE module || '.' || name = $1", xmlid);
  if (row === undefined) throw new Error(`there is no ${xmlid}`);
  return row.id;
}

const rewrite = async (path: string, ...changes: readonly (readonly [string, string])[]): Promise<void> => {
  let text = await readFile(path, "utf8");
  for (const [from, to] of changes) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  await writeFile(path, text);
};

/** By Odoo's own doing, as from its screens. */
async function peopleWork(): Promise<void> {
  const [model] = await sql<{ id: number }>("SELECT id FROM ir_model WHERE model = 'pl.note'");
  await odoo("ir.model.fields", "create", {
    vals_list: [{ name: "x_kind", field_description: "Kind", model_id: model?.id, ttype: "char", state: "manual" }],
  });
  [ownView = 0] = await odoo<number[]>("ir.ui.view", "create", {
    vals_list: [
      {
        name: "our text",
        model: "pl.note",
        type: "form",
        mode: "extension",
        inherit_id: await idOf("pl_small.pl_note_view_form"),
        arch: '<field name="date" position="after"><field name="x_kind"/><field name="text" string="Our text"/></field>',
      },
    ],
  });
  await odoo("ir.ui.view", "write", {
    ids: [await idOf("pl_small.pl_note_view_list")],
    vals: { arch: '<list><field name="date"/><field name="name"/></list>' },
  });
  await odoo("ir.actions.act_window", "write", { ids: [await idOf("pl_small.pl_note_action")], vals: { name: "Our notes" } });
  await odoo("ir.ui.menu", "write", { ids: [await idOf("pl_small.pl_note_menu")], vals: { sequence: 5 } });
  await sql("UPDATE ir_model_data SET noupdate = true WHERE module = 'pl_small' AND name = 'pl_note_menu'");
  await sql("INSERT INTO pl_note (name, text) SELECT 'note ' || n, 'text' FROM generate_series(1, $1) n", notes);
}

/** Without the field `text`, and with other names for the action and the menu. */
async function nextRelease(module: string): Promise<void> {
  await rewrite(join(module, "__manifest__.py"), ["19.0.1.0.0", "19.0.2.0.0"]);
  await rewrite(join(module, "models", "pl_note.py"), ["    text = fields.Text()\n", "    place = fields.Char()\n"]);
  await rewrite(
    join(module, "views", "pl_note_views.xml"),
    ['                        <field name="text"/>\n', ""],
    ['<field name="name">Partner notes</field>', '<field name="name">Notes about partners</field>'],
    ['name="Partner notes" action', 'name="Notes about partners" action'],
  );
}

async function analyse(): Promise<ReleaseAnalysis> {
  const { stdout, stderr, exitCode } = await small.plimsoll.run("analyze", "r-next", "--environment", "acme-production", "-o", "json");
  // Something is found, hence 2.
  expect(exitCode, stderr).toBe(2);
  return JSON.parse(stdout) as ReleaseAnalysis;
}

function told(rule: string): string[] {
  return analysis.findings.filter((finding) => finding.rule === rule).map(({ what, meaning }) => `${what} ${meaning ?? ""}`.trim());
}

/** Runs the change to the release. @returns how it ended */
async function deploy(exitCode: number): ReturnType<typeof deploymentOf> {
  const change = await approvedChange(small.plimsoll, "acme-production", "r-next", "--agree-drop-column", "pl_note.text");
  const run = await small.plimsoll.run("change", "run", change, "--watch");
  expect(run.exitCode, `${run.stdout}\n${run.stderr}`).toBe(exitCode);
  return deploymentOf(small.plimsoll, change);
}

describe("what is said before a release meets what people made", () => {
  it("names the data that get lost, with their rows, and the class", () => {
    expect(analysis).toMatchObject({ environment: "acme-production", plannedClass: "K5", rows: { pl_note: notes } });
    expect(analysis.updates).toMatchObject({ minimal: ["pl_small"], installs: [] });
    expect(analysis.prediction?.difference).toMatchObject({
      columnsAdded: ["pl_note.place"],
      columnsRemoved: ["pl_note.text"],
      fieldsRemoved: ["pl.note.text"],
    });
    expect(told("column-dropped")).toEqual(["The column pl_note.text is dropped with its data. 1,234 rows lose the value here."]);
  });

  it("names the view that breaks, and not the manual field that it uses too", () => {
    const broken = analysis.findings.filter(({ rule }) => rule.startsWith("view-"));
    expect(broken.map(({ rule }) => rule)).toEqual(["view-field-missing"]);
    expect(broken[0]?.what).toMatch(/"our text".*the field text doesn't exist in pl\.note, which the release removes/);
    expect(JSON.stringify(analysis.findings)).not.toContain("x_kind");
  });

  it("names the edits that are overwritten, and what is kept", () => {
    expect(told("edit-overwritten").join("\n")).toMatch(/pl_small\.pl_note_view_list[\s\S]*pl_small\.pl_note_action/);
    expect(told("edit-overwritten")).toHaveLength(2);
    expect(told("change-kept-back").join("\n")).toMatch(/^pl_small\.pl_note_menu [^\n]*$/);
  });

  it("has it all on a page for who approves it", () => {
    const page = analysisPage(analysis);
    const part = (title: string): string => page.split(`## ${title}\n`)[1]?.split("\n## ")[0] ?? "";
    expect(part("What stands in the way")).toContain("our text");
    expect(part("What changes for users")).toContain("pl_small goes from 19.0.1.0.0 to 19.0.2.0.0.");
    expect(part("What gets lost")).toContain("1,234 rows");
    expect(part("What people made that collides")).toMatch(/pl_note_view_list[\s\S]*pl_note_action[\s\S]*pl_note_menu/);
  });
});

describe("what then happens", () => {
  it("goes back because of the view that was named", async () => {
    const deployment = await deploy(7);
    expect(deployment).toMatchObject({ outcome: "old-and-intact", observedClass: "K5" });
    expect(deployment.reason).toMatch(/invalid custom view\(s\) for model pl\.note[\s\S]*Field \\*"text\\*" does not exist/);
    expect(await sql("SELECT 1 FROM pl_note WHERE text = 'text'")).toHaveLength(notes);
  });

  it("passes once the view is mended, with what was predicted and nothing else", async () => {
    await odoo("ir.ui.view", "write", {
      ids: [ownView],
      vals: { arch: '<field name="date" position="after"><field name="x_kind"/></field>' },
    });
    analysis = await analyse();
    expect(analysis.findings.filter(({ rule }) => rule.startsWith("view-"))).toEqual([]);
    const deployment = await deploy(0);
    expect(deployment).toMatchObject({ outcome: "new-and-verified", observedClass: "K5" });
    const rows = deployment.items.find(({ id }) => id === "database-truth")?.verdict?.rows ?? [];
    expect(rows.find(({ id }) => id === "differences-as-predicted")).toMatchObject({ outcome: "passed", expected: { as: "predicted" } });
  });

  it("took the column and the edits, and left what it said it would", async () => {
    const columns = await sql<{ name: string }>(
      "SELECT column_name::text AS name FROM information_schema.columns WHERE table_name = 'pl_note'",
    );
    const names = columns.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["place", "x_kind"]));
    expect(names).not.toContain("text");
    expect(await sql("SELECT count(*)::int AS n FROM pl_note")).toEqual([{ n: notes }]);
    const arch = async (id: number): Promise<string> =>
      (await sql<{ arch: string }>("SELECT arch_db->>'en_US' AS arch FROM ir_ui_view WHERE id = $1", id))[0]?.arch ?? "";
    expect(await arch(await idOf("pl_small.pl_note_view_list"))).toContain("partner_id");
    expect(await arch(ownView)).toContain("x_kind");
    const name = async (table: string, xmlid: string): Promise<unknown> =>
      (await sql<{ name: string }>(`SELECT name->>'en_US' AS name FROM ${table} WHERE id = $1`, await idOf(xmlid)))[0]?.name;
    expect(await name("ir_act_window", "pl_small.pl_note_action")).toBe("Notes about partners");
    expect(await name("ir_ui_menu", "pl_small.pl_note_menu")).toBe("Partner notes");
  });
});
