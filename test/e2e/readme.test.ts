import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { readSourceTree } from "../architecture/source-tree.ts";
import { blocksOf } from "../docs/doc-blocks.ts";
import { makeScratch, type Scratch } from "../parts/scratch.ts";
import { startPlimsoll, tokenOf, type Plimsoll } from "../parts/plimsoll.ts";
import { startSampleTenant, type SampleTenant } from "../parts/tenant.ts";

/** The README's walk, typed as it stands there into a shell, on a real Odoo. Only the addresses of its declaration are this machine's. */

interface Declaration {
  readonly kind: string;
  readonly spec: Record<string, unknown>;
}

interface Typed {
  readonly command: string;
  readonly exitCode: number;
  readonly output: string;
}

const tree = readSourceTree();
const fixture = (release: string): string => fileURLToPath(new URL(`../fixtures/small/${release}/addons`, import.meta.url));
let tenant: SampleTenant;
let plimsoll: Plimsoll;
let scratch: Scratch;

beforeAll(async () => {
  tenant = await startSampleTenant({
    template: "small-r1",
    environment: "acme-production",
    database: "acme",
    release: "2026-01",
    fsync: false,
    workers: 0,
  });
  plimsoll = await startPlimsoll();
  scratch = makeScratch("readme");
});
afterAll(async () => {
  await plimsoll.dispose();
  await tenant.dispose();
  await scratch.remove();
});

it("every command of the first change in the README does what it says", async () => {
  const walk = join(scratch.directory, "walk");
  mkdirSync(walk);
  writeFileSync(join(walk, "environment.yaml"), declarationOfReadme());
  putAddons(walk, "r1");
  for (const [name, release] of Object.entries({ "addons-2026.10": "r1", "addons-2026.11": "r2-field" }))
    cpSync(fixture(release), join(walk, name), { recursive: true });
  const typed: Typed[] = [];
  for (const block of blocksOf(tree, "sh", ["README.md"])) {
    // `plimsoll up` runs already, in "a terminal of its own"; the two commands at the top run this test.
    if (block.text.startsWith("npm ") || block.text.trim() === "plimsoll up") continue;
    if (block.text.includes("release create 2026-02")) putAddons(walk, "r2-field");
    typed.push(...(await type(walk, block.text)));
  }
  const bad = typed.filter(({ command, exitCode }) => exitCode !== (command.includes("release diff") ? 2 : 0));
  expect(bad).toEqual([]);
  expect(typed.length).toBeGreaterThan(9);
  const change = await plimsoll.json<{ state: string; outcome: string | null; release: string }>("change", "show", "C-1");
  expect(change).toMatchObject({ outcome: "new-and-verified", release: "2026-02" });
  const web = await fetch(`${tenant.gatewayUrl}/web/login`);
  expect(web.status).toBe(200);
});

/** The README's own declarations with the addresses of the sample tenant in the places of the example's. */
function declarationOfReadme(): string {
  const [block] = blocksOf(tree, "yaml", ["README.md"]);
  const declared = declarationsOf(block?.text ?? "");
  const real = declarationsOf(readFileSync(tenant.declaration(), "utf8")).find(({ kind }) => kind === "Environment");
  const environment = declared.find(({ kind }) => kind === "Environment");
  if (real === undefined || environment === undefined) throw new Error("an environment is declared nowhere");
  for (const key of ["database", "dataDirectory", "runtime", "gateway"]) environment.spec[key] = real.spec[key];
  // Nobody works on it: five minutes of watching would show no more than seconds do.
  environment.spec["limits"] = { soak: "2s" };
  return declared.map((document) => stringify(document)).join("---\n");
}

function declarationsOf(text: string): Declaration[] {
  return parseAllDocuments(text).map((document) => document.toJS() as Declaration);
}

/** "Change something in your addons" of the README. */
function putAddons(walk: string, release: string): void {
  rmSync(join(walk, "addons"), { recursive: true, force: true });
  cpSync(fixture(release), join(walk, "addons"), { recursive: true });
}

/** Types a block into a shell that keeps its variables from block to block. */
async function type(walk: string, text: string): Promise<Typed[]> {
  const program = join(walk, "plimsoll");
  writeFileSync(
    program,
    `#!/bin/sh\nexec "${process.execPath}" "${fileURLToPath(new URL("../../src/main/cli.ts", import.meta.url))}" "$@"\n`,
  );
  chmodSync(program, 0o755);
  const variables = join(walk, "variables");
  writeFileSync(variables, "", { flag: "a" });
  const typed: Typed[] = [];
  for (const command of text.trimEnd().split("\n")) {
    const env = {
      ...process.env,
      PATH: `${walk}:${process.env["PATH"] ?? ""}`,
      PLIMSOLL_HOME: plimsoll.home,
      PLIMSOLL_SERVER: plimsoll.url,
      PLIMSOLL_TOKEN: await tokenOf(plimsoll.home),
      NO_COLOR: "1",
    };
    const script = `. ./variables\n${command}\ncode=$?\n[ -z "$DIGEST" ] || echo "DIGEST=$DIGEST" > ./variables\nexit $code`;
    const child = spawn("/bin/sh", ["-c", script], { cwd: walk, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const [exitCode] = (await once(child, "close")) as [number];
    typed.push({ command, exitCode, output });
  }
  return typed;
}
