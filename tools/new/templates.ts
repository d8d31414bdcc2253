/** What `npm run new` writes: sources that compile, conform to their contract, and say what is still to be decided. */
export interface Template {
  /** Folder under src/extensions. */
  readonly point: "steps" | "gates" | "runtimes" | "analyses";
  /** The line of the registry's list. */
  readonly entry: (name: string) => string;
  readonly source: (id: string, name: string) => string;
  readonly test: (id: string, name: string) => string;
  readonly next: (id: string) => readonly string[];
}

export const templates: Readonly<Record<"step" | "gate" | "runtime" | "analysis", Template>> = {
  step: {
    point: "steps",
    entry: (name) => `anyStep(${name})`,
    source: stepSource,
    test: stepTest,
    next: (id) => [
      `Say in src/extensions/steps/${id}/${id}.ts what it needs, does and takes back; its test tries every interruption of it.`,
      "Put it into the plan of a change kind: src/extensions/change-kinds/release/items.ts.",
    ],
  },
  gate: {
    point: "gates",
    entry: (name) => `anyGate(${name})`,
    source: gateSource,
    test: gateTest,
    next: (id) => [
      `Gather the evidence in src/extensions/gates/${id}/${id}.ts: one row for each thing expected, with what was seen.`,
      "Put it into the plan of a change kind: src/extensions/change-kinds/release/items.ts.",
    ],
  },
  runtime: {
    point: "runtimes",
    entry: (name) => name,
    source: runtimeSource,
    test: runtimeTest,
    next: (id) => [
      `Render and act in src/extensions/runtimes/${id}/; every method now refuses with PLAN_UNSUPPORTED.`,
      "Let an environment declare it: src/domain/fleet/environment.ts and the schema that reads `kind: Environment`.",
    ],
  },
  analysis: {
    point: "analyses",
    entry: (name) => name,
    source: analysisSource,
    test: (id, name) => analysisTest(name, id),
    next: (id) => [
      `Yield a finding for each place in src/extensions/analyses/${id}/${id}.ts, with file and line; its test shows one case that breaks each rule and one that doesn't.`,
      "Bring the reference up to date: node tools/reference/rules-reference.ts.",
    ],
  },
};

function analysisSource(id: string, name: string): string {
  return `import type { AnalysisKind } from "../../../app/ports/analysis-kind.ts";

/** What this analysis sees that no other does. */
export const ${name}: AnalysisKind = {
  id: "${id}",
  summary: "${sentenceOf(id)}",
  rules: [
    {
      id: "${id}-found",
      severity: "warning",
      title: "${sentenceOf(id)}",
      why: "What Odoo does.",
      example: "A few lines that break it",
      remedy: "What to do about it.",
    },
  ],

  *find() {
    // What can't be told from the sources is a finding that is \`unsure\`, never silence.
  },
};
`;
}

function analysisTest(name: string, id: string): string {
  return `import { analysisConforms } from "../../../../test/conformance/analysis-suite.ts";
import { ${name} } from "./${id}.ts";

analysisConforms(${name});
`;
}

function stepSource(id: string, name: string): string {
  return `import { z } from "zod";
import type { StepKind } from "../../../app/ports/step.ts";

type Input = { readonly database: string };
type Output = { readonly done: true };

/** What this step is for, and which invariant it keeps. */
export const ${name}: StepKind<Input, Output, never> = {
  id: "${id}",
  summary: "${sentenceOf(id)}",
  input: z.strictObject({ database: z.string().min(1) }),
  needs: [],
  limits: { timeoutMs: 60_000, attempts: 2 },

  async observe() {
    return { state: "not-started" };
  },

  async apply() {
    return { done: true };
  },

  // It changes nothing yet, so there is nothing to take back.
  async undo() {},

  describe: (input) => \`${sentenceOf(id)} on \${input.database}.\`,
};
`;
}

function stepTest(id: string, name: string): string {
  return `import { anyStep } from "../../../app/ports/any-step.ts";
import { swapPlan, worldBefore } from "../../../../test/conformance/sample-plans.ts";
import { stepConforms } from "../../../../test/conformance/step-suite.ts";
import { ${name} } from "./${id}.ts";

stepConforms(anyStep(${name}), { input: { database: "acme" }, world: () => worldBefore(swapPlan, 1) });
`;
}

function gateSource(id: string, name: string): string {
  return `import { z } from "zod";
import type { GateKind } from "../../../app/ports/step.ts";
import { verdictOf, type EvidenceRow } from "../../../domain/verdict/verdict.ts";

type Input = { readonly database: string };

/** Which fault this gate sees that no other does. */
export const ${name}: GateKind<Input, never> = {
  id: "${id}",
  summary: "${sentenceOf(id)}",
  phase: "before",
  input: z.strictObject({ database: z.string().min(1) }),
  needs: [],
  limits: { timeoutMs: 60_000 },

  async evaluate() {
    // Without a row the verdict is inconclusive, and an inconclusive gate doesn't let the plan go on (S6).
    const rows: readonly EvidenceRow[] = [];
    return verdictOf(rows, "Everything is as expected.");
  },

  describe: (input) => \`${sentenceOf(id)} on \${input.database}.\`,
};
`;
}

function gateTest(id: string, name: string): string {
  return `import { anyGate } from "../../../app/ports/any-step.ts";
import { gateConforms } from "../../../../test/conformance/gate-suite.ts";
import { swapPlan, worldBefore } from "../../../../test/conformance/sample-plans.ts";
import { ${name} } from "./${id}.ts";

gateConforms(anyGate(${name}), { input: { database: "acme" }, world: () => worldBefore(swapPlan, 1) });
`;
}

function runtimeSource(id: string, name: string): string {
  return `import type { OdooRuntime } from "../../../app/ports/odoo-runtime.ts";
import type { RuntimeKind } from "../../../app/ports/runtime-kind.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";

/** How Odoo runs in this kind of place. */
export const ${name}: RuntimeKind = {
  id: "${id}",
  summary: "${sentenceOf(id)}",
  capabilities: { sideBySide: false, separateBackground: false },

  open(): OdooRuntime {
    return {
      isolation: unsupported,
      generations: unsupported,
      prepare: unsupported,
      startWeb: unsupported,
      startBackground: unsupported,
      stopWeb: unsupported,
      stopBackground: unsupported,
      waitHealthy: unsupported,
      health: unsupported,
      update: unsupported,
      probe: unsupported,
      networkIsolation: unsupported,
      neutraliseScripts: unsupported,
      missingDependencies: unsupported,
      endStrays: unsupported,
    };
  },
};

async function unsupported(): Promise<never> {
  throw new PlimsollError("PLAN_UNSUPPORTED", "The runtime ${id} can't do this.", {
    fix: "Use another runtime for this environment.",
  });
}
`;
}

function runtimeTest(id: string, name: string): string {
  return `import { runtimeKindConforms } from "../../../../test/conformance/runtime-kind-suite.ts";
import { ${name} } from "./${id}.ts";

runtimeKindConforms(${name});
`;
}

/** `fence-database` → `Fence database`. */
function sentenceOf(id: string): string {
  const words = id.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
