import { request } from "node:http";
import { PlimsollError, errorTable } from "../../domain/shared/errors.ts";
import type { ErrorCode, ErrorText } from "../../domain/shared/errors.ts";

interface Reply {
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string; readonly text: ErrorText };
}

/** One of Plimsoll's daemons, seen through its control socket. */
export interface ControlSocket {
  /** `gateway`, `supervisor`: for messages. */
  readonly name: string;
  readonly socketPath: string;
}

/** Asks a daemon on its control socket. @throws SERVER_UNREACHABLE and whatever the daemon answers */
export async function callControl(daemon: ControlSocket, method: string, parameters: unknown, timeoutMs: number): Promise<unknown> {
  const reply = await post(daemon, method, JSON.stringify(parameters), timeoutMs);
  if (reply.error === undefined) return reply.result;
  const code = reply.error.code in errorTable ? (reply.error.code as ErrorCode) : "STATE_UNEXPECTED";
  throw new PlimsollError(code, reply.error.message, reply.error.text);
}

function post({ name, socketPath }: ControlSocket, method: string, body: string, timeoutMs: number): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const unreachable = (cause: unknown): void => {
      const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
      reject(new PlimsollError("SERVER_UNREACHABLE", `the ${name} doesn't answer on ${socketPath}`, { why }, cause));
    };
    const call = request({ socketPath, path: `/${method}`, method: "POST", agent: false, timeout: timeoutMs }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", unreachable);
      response.on("end", () => {
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString("utf8")) as Reply);
        } catch (error) {
          unreachable(error);
        }
      });
    });
    call.on("timeout", () => call.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    call.on("error", unreachable);
    call.end(body);
  });
}
