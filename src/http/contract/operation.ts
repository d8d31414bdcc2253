import type { z } from "zod";

/** Nothing in this place of the request. */
export type None = Readonly<Record<never, never>>;

/**
 * One operation of the API. The same value makes the route that validates, the OpenAPI document, and the client of the
 * command line, so none of them can drift from the others.
 */
export interface Operation<Params = None, Query = None, Body = null, Answer = unknown, BodyInput = Body> {
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly method: "get" | "post";
  /** As OpenAPI writes it: `/changes/{change}/plan`. */
  readonly path: string;
  readonly params: z.ZodType<Params> | null;
  readonly query: z.ZodType<Query> | null;
  readonly body: z.ZodType<Body, BodyInput> | null;
  readonly answer: z.ZodType<Answer>;
  readonly status: 200 | 201;
  /** May take longer than two seconds: with `Accept: application/x-ndjson` it says what it is doing, line by line. */
  readonly slow: boolean;
}

/** A line of a slow operation's stream. Exactly one `answer` or `problem` ends it. */
export type StreamLine<Answer> =
  | { readonly type: "progress"; readonly message: string }
  | { readonly type: "alive" }
  | { readonly type: "answer"; readonly status: number; readonly answer: Answer }
  | { readonly type: "problem"; readonly problem: unknown };

export const streamMediaType = "application/x-ndjson";
/** Who acts, as the client says it; believed because the token is held by one trusted group. */
export const actorHeader = "plimsoll-actor";
