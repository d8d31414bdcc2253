import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { EnvironmentSummary } from "../../src/http/contract/environments.ts";
import type { ErrorCode } from "../../src/domain/shared/errors.ts";
import type { CommandResult } from "../parts/plimsoll.ts";
import { smallAddons, type SmallTenant } from "./small-tenant.ts";

/** What must be as it was after something was refused. */
async function standing(small: SmallTenant): Promise<unknown> {
  const { cluster, dataDirectory } = small.tenant;
  const databases = await cluster.query("postgres", "SELECT oid::int, datname::text, datallowconn FROM pg_database ORDER BY datname");
  const { items } = await small.plimsoll.json<{ items: readonly EnvironmentSummary[] }>("environment", "list");
  return { databases, trees: readdirSync(join(dataDirectory, "filestore")).toSorted(), environments: items };
}

/** Users get the login page through the gateway. */
export async function expectServed(small: SmallTenant): Promise<void> {
  const response = await fetch(`${small.tenant.gatewayUrl}/web/login`, { signal: AbortSignal.timeout(60_000) });
  expect(response.status).toBe(200);
  expect(await response.text()).toContain("oe_login_form");
}

/** Runs what must change nothing: databases, attachment trees and environments are what they were, and users are served. */
export async function changingNothing<T>(small: SmallTenant, work: () => Promise<T>): Promise<T> {
  const before = await standing(small);
  const result = await work();
  expect(await standing(small)).toEqual(before);
  await expectServed(small);
  return result;
}

/** A refusal says what happened, with its code, what can be done about it, and everything that is listed here. */
export function expectRefused(result: CommandResult, exitCode: number, code: ErrorCode, ...says: readonly RegExp[]): void {
  const shown = `exit ${result.exitCode}\n${result.stdout}\n${result.stderr}`;
  for (const pattern of [...says, new RegExp(`^Error: .*\\[${code}\\]$`, "m"), /^ {2}Fix: \S/m]) expect(shown).toMatch(pattern);
  expect(result.exitCode, shown).toBe(exitCode);
  expect(result.stdout).toBe("");
}

/** A release like `r1`, but for what `edit` does to its module's folder. */
export async function editedRelease(small: SmallTenant, name: string, edit: (module: string) => Promise<void>): Promise<void> {
  const addons = await mkdtemp(join(tmpdir(), "plimsoll-edited-"));
  try {
    await cp(smallAddons("r1"), addons, { recursive: true });
    await edit(join(addons, "pl_small"));
    await small.plimsoll.json("release", "create", name, "--addons", addons);
  } finally {
    await rm(addons, { recursive: true });
  }
}

/** The declaration of a further environment on another database; `edit` changes its text. */
export function otherDeclaration(
  small: SmallTenant,
  database: string,
  port: number,
  edit: (yaml: string) => string = (yaml) => yaml,
): string {
  return small.tenant.declaration((yaml) =>
    edit(
      yaml
        .replace("name: acme-production", "name: acme-other")
        .replace(/^ {4}name: acme$/m, `    name: ${database}`)
        .replace(/listen: .*/, `listen: 127.0.0.1:${port}`),
    ),
  );
}

/** Runs a command that isn't meant for the tenant's server. */
export async function plimsollOnce(args: readonly string[], env: Readonly<Record<string, string>>): Promise<CommandResult> {
  const entry = fileURLToPath(new URL("../../src/main/cli.ts", import.meta.url));
  const child = spawn(process.execPath, [entry, ...args], {
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString("utf8")));
  const [exitCode] = (await once(child, "close")) as [number | null];
  return { exitCode, ...output };
}
