import { chmodSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { PlimsollError, errorRow } from "../../domain/shared/errors.ts";

const bodyBytesMax = 1024 * 1024;

/** What a method gets and gives is JSON. */
export type ControlMethods = Readonly<Record<string, (parameters: unknown) => Promise<unknown>>>;

export interface ControlLog {
  error(fields: object, message: string): void;
}

/**
 * Serves `POST /<method>` with JSON on a Unix socket that only its owner may open. Whoever holds the state directory's lock may
 * take the socket: a file found there belongs to a process that has ended.
 */
export async function serveControl(options: {
  readonly socketPath: string;
  readonly methods: ControlMethods;
  readonly log: ControlLog;
}): Promise<{ close(): Promise<void> }> {
  const server = createServer((request, response) => {
    answer(options.methods, request, options.log)
      .then((reply) => send(response, reply.status, reply.body))
      .catch((error: unknown) => options.log.error({ error: String(error) }, "a control request couldn't be answered"));
  });
  rmSync(options.socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // Node binds within this call; a wider window would give the narrow mask to processes that are started meanwhile.
    const before = process.umask(0o177);
    server.listen(options.socketPath, resolve);
    process.umask(before);
  });
  server.removeAllListeners("error");
  server.on("error", (error) => options.log.error({ error: String(error) }, "control socket"));
  chmodSync(options.socketPath, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

async function answer(methods: ControlMethods, request: IncomingMessage, log: ControlLog): Promise<{ status: number; body: unknown }> {
  try {
    const name = (request.url ?? "").slice(1);
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
    if (method === undefined) throw new PlimsollError("NOT_FOUND", `there is no control method ${name}`);
    return { status: 200, body: { result: (await method(await readBody(request))) ?? null } };
  } catch (error) {
    if (error instanceof PlimsollError) {
      return { status: errorRow(error.code).status, body: { error: { code: error.code, message: error.message, text: error.text } } };
    }
    log.error({ error: error instanceof Error ? error.stack : String(error) }, "a control method failed");
    const code = (error as NodeJS.ErrnoException).code;
    const because = code === undefined ? "a defect" : code;
    return {
      status: 500,
      body: { error: { code: "STATE_UNEXPECTED", message: `the command failed: ${because}`, text: { why: "its log says more" } } },
    };
  }
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) throw new PlimsollError("INPUT_INVALID", `a control command may have ${bodyBytesMax} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    throw new PlimsollError("INPUT_INVALID", "a control command has to be JSON", {}, error);
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text), connection: "close" });
  response.end(text);
}
