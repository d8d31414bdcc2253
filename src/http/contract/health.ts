import { z } from "zod";
import type { None, Operation } from "./operation.ts";

export interface Health {
  readonly status: "ok";
  readonly product: "plimsoll";
}

/** Asked without a token, so it says nothing but that a Plimsoll answers here. */
export const health: Operation<None, None, null, Health> = {
  id: "health",
  tag: "server",
  summary: "Does a Plimsoll answer here?",
  method: "get",
  path: "/health",
  params: null,
  query: null,
  body: null,
  answer: z.object({ status: z.literal("ok"), product: z.literal("plimsoll") }),
  status: 200,
  slow: false,
};

export interface ServerView {
  readonly version: string;
  readonly host: string;
  readonly startedAt: string;
  readonly worker: boolean;
}

export const showServer: Operation<None, None, null, ServerView> = {
  id: "showServer",
  tag: "server",
  summary: "The server: version, host, whether it works on deployments",
  method: "get",
  path: "/server",
  params: null,
  query: null,
  body: null,
  answer: z.object({ version: z.string(), host: z.string(), startedAt: z.string(), worker: z.boolean() }),
  status: 200,
  slow: false,
};
