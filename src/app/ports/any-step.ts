import type { Json } from "../../domain/shared/canonical-json.ts";
import type { Capability } from "./capability.ts";
import type { GateKind, ItemContext, StepKind } from "./step.ts";

/** A step as the engine sees it: any input, parsed by the step's own schema before the step gets it. */
export function anyStep<I, O extends Json, C extends Capability>(step: StepKind<I, O, C>): StepKind {
  const { undo, notBefore, ...rest } = step;
  return {
    ...rest,
    input: step.input as StepKind["input"],
    observe: (cx, input) => step.observe(cx as ItemContext<C>, step.input.parse(input)),
    apply: (cx, input) => step.apply(cx as ItemContext<C>, step.input.parse(input)),
    undo: typeof undo === "function" ? (cx, input) => undo(cx as ItemContext<C>, step.input.parse(input)) : undo,
    ...(notBefore === undefined
      ? {}
      : { notBefore: (cx: ItemContext, input: Json) => notBefore(cx as ItemContext<C>, step.input.parse(input)) }),
    describe: (input) => step.describe(step.input.parse(input)),
  };
}

/** A gate as the engine sees it. */
export function anyGate<I, C extends Capability>(gate: GateKind<I, C>): GateKind {
  return {
    ...gate,
    input: gate.input as GateKind["input"],
    evaluate: (cx, input) => gate.evaluate(cx as ItemContext<C>, gate.input.parse(input)),
    describe: (input) => gate.describe(gate.input.parse(input)),
  };
}
