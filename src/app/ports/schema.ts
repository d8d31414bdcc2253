import type { z } from "zod";

/** A type that is checked where data enters; the same schema makes help, API and documentation. */
export type Schema<T> = z.ZodType<T>;
