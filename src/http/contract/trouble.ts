import { z } from "zod";

/** Of a deployment that needs a person. */
export interface TroubleView {
  /** What is wrong. */
  readonly reason: string;
  /** What users have meanwhile. */
  readonly safety: string;
  /** The command that has it go on, once somebody has looked. */
  readonly next: string;
}

export const troubleSchema: z.ZodType<TroubleView> = z.object({ reason: z.string(), safety: z.string(), next: z.string() });
