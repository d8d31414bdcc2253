import { z } from "zod";
import type { Json } from "../../domain/shared/canonical-json.ts";
import type { SmokeScenario, SmokeStep } from "../../domain/fleet/smoke-scenario.ts";

const modelName = z.string().regex(/^[a-z_][a-z0-9_]*(\.[a-z0-9_]+)*$/, "must be the name of a model, such as sale.order");
const moduleName = z.string().regex(/^[a-z_][a-z0-9_]*$/, "must be the technical name of a module, such as sale");
const fieldName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be the name of a field");
const methodName = z.string().regex(/^[a-z][a-z0-9_]*$/, "must be the name of a public method");
const kept = z.string().regex(/^[a-z][a-z0-9_]*$/, "must be a name in lower case, such as order");
const records = z
  .string()
  .regex(/^\$[a-z][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*$/, "must name what an earlier step kept, such as $order or $order.partner_id");
const reportName = z
  .string()
  .regex(/^[a-z0-9_]+\.[A-Za-z0-9_.]+$/, "must be the external id of a report, such as account.account_invoices");
const values = z.record(fieldName, z.json());

/** The shapes of a step, by the key that makes it that step. */
const stepShapes = {
  create: z.strictObject({ create: modelName, values, as: kept.optional() }),
  search: z.strictObject({ search: modelName, domain: z.array(z.json()), as: kept, limit: z.int().min(1).max(1_000).optional() }),
  call: z.strictObject({ call: methodName, on: records, arguments: values.optional(), as: kept.optional() }),
  write: z.strictObject({ write: records, values }),
  expect: z.strictObject({ expect: records, field: fieldName, equals: z.json() }),
  report: z.strictObject({ report: reportName, on: records, format: z.enum(["pdf", "html"]).optional() }),
} as const;

type StepKey = keyof typeof stepShapes;
const stepKeys = Object.keys(stepShapes) as StepKey[];

const step = z.custom<SmokeStep>().superRefine((value: unknown, context) => {
  const given = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : null;
  const kinds = given === null ? [] : stepKeys.filter((key) => given.includes(key));
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    context.addIssue({ code: "custom", message: `must have exactly one of the keys ${stepKeys.join(", ")}` });
    return;
  }
  const parsed = stepShapes[kind].safeParse(value);
  if (parsed.success) return;
  const known = Object.keys(stepShapes[kind].shape).join(", ");
  for (const issue of parsed.error.issues) {
    const message = issue.code === "unrecognized_keys" ? `has the unknown key ${issue.keys.join(", ")}; known here: ${known}` : said(issue);
    context.addIssue({ code: "custom", path: issue.path, message });
  }
});

const scenario = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "must be in kebab case, such as timesheet-line"),
    title: z.string().min(5).max(120),
    modules: z.array(moduleName).min(1).max(50),
    steps: z.array(step).min(1).max(100),
  })
  .superRefine((value, context) => {
    const known = new Set<string>();
    value.steps.forEach((each, index) => {
      for (const { name, path } of referencesOf(each)) {
        if (!known.has(name)) context.addIssue({ code: "custom", path: ["steps", index, ...path], message: unknownName(name, known) });
      }
      if (typeof each === "object" && "as" in each && typeof each.as === "string") known.add(each.as);
    });
  });

/** One scenario as a document of a YAML file. */
export const scenarioDocument: z.ZodType<SmokeScenario, unknown> = scenario;

/** A step as plans carry it; the plan's bytes were made of documents that had been read here. */
export const smokeScenarioSchema: z.ZodType<SmokeScenario> = scenario as unknown as z.ZodType<SmokeScenario>;

/** Zod's own sentences begin with the fault; ours with "must". */
export function said(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") {
    if (issue.message.endsWith("received undefined")) return `is missing; it must be ${typeName(issue.expected)}`;
    return `must be ${typeName(issue.expected)}`;
  }
  if (issue.code === "invalid_value") return `must be ${issue.values.map(String).join(" or ")}`;
  if (issue.code === "too_big") return `must be at most ${String(issue.maximum)} long`;
  if (issue.code === "too_small") return `must be at least ${String(issue.minimum)} long`;
  if (issue.code === "unrecognized_keys") return `has the unknown key ${issue.keys.join(", ")}; known here: name, title, modules, steps`;
  return issue.message;
}

function typeName(expected: string): string {
  if (expected === "object" || expected === "record") return "a mapping";
  return expected === "array" ? "a list" : `of type ${expected}`;
}

function unknownName(name: string, known: ReadonlySet<string>): string {
  const there = known.size === 0 ? "nothing was kept before" : `kept before: ${[...known].join(", ")}`;
  return `refers to $${name}, which no earlier step keeps with \`as\`; ${there} (a text that begins with $ is written $$)`;
}

interface Reference {
  readonly name: string;
  readonly path: readonly (string | number)[];
}

/** Every `$name` of a step; `$today` is always there. */
function referencesOf(value: unknown, path: readonly (string | number)[] = []): Reference[] {
  if (typeof value === "string") {
    const name = value.startsWith("$$") ? undefined : /^\$([^.]*)/.exec(value)?.[1];
    return name === undefined || value === "$today" ? [] : [{ name, path }];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => referencesOf(item, [...path, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value as Record<string, Json>).flatMap(([key, item]) => referencesOf(item, [...path, key]));
}
