import { fileURLToPath } from "node:url";
import { deploymentOf, startPlimsoll, type Plimsoll } from "../../test/parts/plimsoll.ts";
import { startSampleTenant, type SampleTenant } from "../../test/parts/tenant.ts";
import type { TemplateName } from "../../test/parts/template.ts";
import type { ChangeView, PlanView } from "../../src/http/contract/changes.ts";
import type { DeploymentView } from "../../src/http/contract/deployments.ts";
import { unwound } from "./unwinding.ts";
import type { MeasuredLoadOptions, WebCall } from "./measured-load.ts";

export type Sample = "small" | "firm";

export const environment = "harbour-production";
const database = "harbour";

/** Addons folder of one of the sample releases: of the small tenant's, or the firm's. */
export function sampleAddons(of: Sample, release: string): string {
  return fileURLToPath(new URL(`../../test/fixtures/${of === "small" ? "small" : "releases"}/${release}/addons`, import.meta.url));
}

/** The module that the sample releases change. */
export function changedModule(of: Sample): string {
  return of === "small" ? "pl_small" : "pl_services";
}

/** A tenant of one's own on a durable cluster of one's own, with the first sample release installed. */
export function makeTenant(of: Sample): Promise<SampleTenant> {
  return makeTenantFrom(of === "small" ? "small-r1" : "firm", "r1");
}

export function makeTenantFrom(template: TemplateName, release: string): Promise<SampleTenant> {
  return startSampleTenant({
    template,
    environment,
    database,
    release,
    fsync: true,
    workers: 2,
    // The watch after reopening is no part of what users wait for; five seconds keep the bench short.
    limits: { hold: "110s", update: "5m", soak: "5s" },
  });
}

/** Plimsoll with the tenant adopted and the releases in its store. */
export function adopt(tenant: SampleTenant, of: Sample, releases: readonly string[]): Promise<Plimsoll> {
  return adoptWith(tenant, Object.fromEntries(["r1", ...releases].map((release) => [release, sampleAddons(of, release)])));
}

/** @param releases addons folders by the names that the releases get */
export async function adoptWith(tenant: SampleTenant, releases: Readonly<Record<string, string>>): Promise<Plimsoll> {
  const plimsoll = unwound(await startPlimsoll());
  try {
    for (const [name, addons] of Object.entries(releases)) await plimsoll.json("release", "create", name, "--addons", addons);
    await plimsoll.json("apply", "-f", tenant.declaration());
    return plimsoll;
  } catch (error) {
    await plimsoll.dispose();
    throw error;
  }
}

/** Requested, planned and approved, as an operator types it. @returns its id */
export async function approved(plimsoll: Plimsoll, release: string): Promise<string> {
  const words = ["--environment", environment, "--release", release, "--reason", "bench"];
  const { id } = await plimsoll.json<ChangeView>("change", "create", ...words);
  const { digest } = await plimsoll.json<PlanView>("change", "plan", id);
  await plimsoll.json("change", "approve", id, "--digest", digest);
  return id;
}

/** Runs an approved change to its end. @throws when it doesn't end on the new release */
export async function runThrough(plimsoll: Plimsoll, change: string): Promise<DeploymentView> {
  const run = await plimsoll.run("change", "run", change, "--watch");
  const deployment = await deploymentOf(plimsoll, change);
  if (run.exitCode !== 0 || deployment.outcome !== "new-and-verified")
    throw new Error(`${change} ended ${deployment.outcome}: ${deployment.reason ?? ""}\n${run.stderr.slice(-2_000)}`);
  return deployment;
}

/** How long an item of a deployment took; 0 when it isn't in the plan. */
export function itemMs(deployment: DeploymentView, id: string): number {
  return deployment.items.filter((item) => item.part === "plan" && item.id === id).reduce((sum, item) => sum + (item.elapsedMs ?? 0), 0);
}

const isRows = (result: unknown): boolean => Array.isArray(result) && result.length > 0;
const isId = (result: unknown): boolean => (Array.isArray(result) ? result.length > 0 : typeof result === "number");
const isObject = (result: unknown): boolean => typeof result === "object" && result !== null;

function search(name: string, model: string, fields: readonly string[]): WebCall {
  return { name, model, method: "search_read", args: () => [], kwargs: { domain: [], fields, limit: 20 }, holds: isRows };
}

/** Every field of the changed model, its views, something else that is read, and something that is written. */
function callsOf(of: Sample): readonly WebCall[] {
  const changed = of === "small" ? "res.partner" : "project.task";
  return [
    search("read every field of the changed model", changed, []),
    {
      name: "views of the changed model",
      model: changed,
      method: "get_views",
      args: () => [],
      kwargs: {
        views: [
          [false, "form"],
          [false, "list"],
        ],
      },
      holds: isObject,
    },
    search("read partners", "res.partner", ["name", "email"]),
    of === "small"
      ? { name: "write", model: "pl.note", method: "create", args: (token) => [[{ name: token }]], kwargs: {}, holds: isId }
      : { name: "write", model: "project.task", method: "create", args: (token) => [[{ name: token }]], kwargs: {}, holds: isId },
    search("read settings of companies", "res.company", ["name"]),
  ];
}

/** What people do with a sample tenant in a browser, at about half of what two workers can do. */
export function loadOf(of: Sample, baseUrl: string): MeasuredLoadOptions {
  const numbers = Array.from({ length: of === "small" ? 4 : 8 }, (_, index) => index + 1);
  const logins = numbers.map((number) =>
    of === "small" ? { login: "admin", password: "admin" } : { login: `consultant${number}`, password: `consultant${number}` },
  );
  return { baseUrl, database, logins, calls: callsOf(of), pauseMs: 250 };
}
