import { randomUUID } from "node:crypto";
import { OpenAPIHono, createRoute } from "@hono/zod-openapi";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import type { Context } from "hono";
import type { World } from "../app/world.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import { actorOf, checkToken } from "./auth.ts";
import type { Binding, ServerFacts } from "./binding.ts";
import { streamMediaType } from "./contract/operation.ts";
import { problem, problemMediaType, type Problem } from "./contract/problem.ts";
import { eventStream } from "./event-stream.ts";
import { answerInLines } from "./line-stream.ts";
import { problemOf } from "./contract/problem.ts";
import { defectProblem } from "./problem.ts";
import { operations } from "./contract/operations.ts";
import { routes } from "./routes/routes.ts";

/** Where defects go. */
export interface HttpLog {
  error(fields: object, message: string): void;
}

export interface HttpOptions {
  readonly world: World;
  readonly server: ServerFacts;
  /** Every request but `/health` must carry it. */
  readonly token: string;
  readonly log: HttpLog;
}

const bodyBytesMax = 4 * 1024 * 1024;

/** The API over one world; it neither listens nor wires. */
export function createApp(options: HttpOptions): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook: (result, context) => {
      if (result.success) return undefined;
      return answerProblem(context, problemOf(invalidRequest(result.error.issues)));
    },
  });
  app.onError((error, context) => answerProblem(context, toProblem(options.log, error)));
  app.notFound((context) =>
    answerProblem(
      context,
      problemOf(
        new PlimsollError("NOT_FOUND", `There is nothing at ${context.req.path}.`, { fix: "GET /openapi.json lists what there is." }),
      ),
    ),
  );
  app.use(
    bodyLimit({
      maxSize: bodyBytesMax,
      onError: (context) => answerProblem(context, problemOf(new PlimsollError("INPUT_INVALID", "The request is larger than 4 MiB."))),
    }),
  );
  app.use(async (context, next) => {
    if (context.req.path !== "/health") checkToken(context.req.header("authorization"), options.token);
    await next();
  });
  for (const { id } of operations) {
    const binding = routes.find((each) => each.operation.id === id);
    if (binding === undefined) throw new Error(`nothing answers the operation ${id}`);
    register(app, options, binding);
  }
  app.get("/events/stream", (context) => eventStream(context, options.world));
  app.doc31("/openapi.json", {
    openapi: "3.1.0",
    info: { title: "Plimsoll", version: options.server.version, description: "Release and change control plane for fleets of Odoo." },
    security: [{ token: [] }],
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "token", { type: "http", scheme: "bearer" });
  return app;
}

function register(app: OpenAPIHono, options: HttpOptions, { operation, handle }: Binding): void {
  const json = (schema: unknown): { readonly "application/json": { readonly schema: never } } => ({
    "application/json": { schema: schema as never },
  });
  const route = createRoute({
    method: operation.method,
    path: operation.path,
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.path === "/health" ? { security: [] } : {}),
    request: {
      ...(operation.params === null ? {} : { params: operation.params as never }),
      ...(operation.query === null ? {} : { query: operation.query as never }),
      ...(operation.body === null ? {} : { body: { required: true, content: json(operation.body) } }),
    },
    responses: {
      [operation.status]: { description: operation.summary, content: json(operation.answer) },
      default: { description: "What went wrong, why, and how to go on", content: { [problemMediaType]: { schema: problem as never } } },
    },
  });
  app.openapi(route, (async (context: Context) => {
    const request = context.req as unknown as { valid(target: "param" | "query" | "json"): unknown };
    const asked = {
      params: operation.params === null ? {} : request.valid("param"),
      query: operation.query === null ? {} : request.valid("query"),
      body: operation.body === null ? null : request.valid("json"),
    };
    const { world, server, log } = options;
    const base = { world, server, actor: actorOf(context) };
    if (operation.slow && (context.req.header("accept") ?? "").includes(streamMediaType)) {
      return answerInLines(
        context,
        operation.status,
        (progress) => handle({ ...base, progress }, asked),
        (error) => toProblem(log, error),
      );
    }
    return context.json((await handle({ ...base, progress: () => undefined }, asked)) as never, operation.status);
  }) as never);
}

function answerProblem(context: Context, document: Problem): Response {
  const headers: Record<string, string> = { "content-type": problemMediaType };
  if (document.status === 401) headers["www-authenticate"] = "Bearer";
  return context.body(JSON.stringify(document), document.status as never, headers);
}

function toProblem(log: HttpLog, error: unknown): Problem {
  if (error instanceof PlimsollError) return problemOf(error);
  if (error instanceof HTTPException && error.status < 500)
    return problemOf(new PlimsollError("INPUT_INVALID", "The request can't be read.", { why: error.message }));
  const reference = randomUUID();
  log.error({ reference, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, "a request failed by a defect");
  return defectProblem(reference);
}

function invalidRequest(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): PlimsollError {
  const because = issues.map((issue) => `${issue.path.length === 0 ? "the request" : issue.path.map(String).join(".")}: ${issue.message}`);
  return new PlimsollError("INPUT_INVALID", because.length === 1 ? `Not valid: ${because[0]}.` : `Not valid: ${because.length} problems.`, {
    because,
    fix: "Correct it and ask again; nothing was changed.",
  });
}
