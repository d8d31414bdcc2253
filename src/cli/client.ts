import { PlimsollError } from "../domain/shared/errors.ts";
import { actorHeader, streamMediaType, type Operation, type StreamLine } from "../http/contract/operation.ts";
import type { Problem } from "../http/contract/problem.ts";
import { ProblemError } from "./problem-error.ts";

export type Fetch = (request: Request) => Response | Promise<Response>;

export interface ClientOptions {
  /** `http://127.0.0.1:7946` */
  readonly url: string;
  readonly token: string;
  readonly actor: string;
  /** The network's, or that of a server in the same process. */
  readonly fetch: Fetch;
}

export interface Question<P, Q, I> {
  readonly params?: P;
  readonly query?: Partial<Q>;
  readonly body?: I;
  readonly progress?: (message: string) => void;
}

/** The contract from the asking side. */
export interface Client {
  readonly url: string;
  /** @throws ProblemError with what the server says, SERVER_UNREACHABLE */
  call<P, Q, B, A, I>(operation: Operation<P, Q, B, A, I>, question?: Question<P, Q, I>): Promise<A>;
}

export function createClient(options: ClientOptions): Client {
  return {
    url: options.url,
    async call<P, Q, B, A, I>(operation: Operation<P, Q, B, A, I>, question: Question<P, Q, I> = {}): Promise<A> {
      const response = await send(options, requestOf(options, operation, question));
      if (response.headers.get("content-type")?.startsWith(streamMediaType) === true)
        return readLines<A>(response, question.progress ?? (() => undefined));
      const text = await response.text();
      if (!response.ok) throw problemIn(response, text);
      return JSON.parse(text) as A;
    },
  };
}

function requestOf<P, Q, B, A, I>(options: ClientOptions, operation: Operation<P, Q, B, A, I>, question: Question<P, Q, I>): Request {
  const params = (question.params ?? {}) as Record<string, unknown>;
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])));
  const url = new URL(path, options.url);
  for (const [name, value] of Object.entries<unknown>(question.query ?? {})) {
    if (typeof value === "string" || typeof value === "number") url.searchParams.set(name, String(value));
  }
  return new Request(url, {
    method: operation.method.toUpperCase(),
    headers: {
      authorization: `Bearer ${options.token}`,
      [actorHeader]: options.actor,
      accept: operation.slow ? streamMediaType : "application/json",
      ...(question.body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(question.body === undefined ? {} : { body: JSON.stringify(question.body) }),
  });
}

async function send(options: ClientOptions, request: Request): Promise<Response> {
  try {
    return await options.fetch(request);
  } catch (error) {
    throw unreachable(options.url, error);
  }
}

async function readLines<A>(response: Response, progress: (message: string) => void): Promise<A> {
  for await (const line of linesOf(response)) {
    const parsed = JSON.parse(line) as StreamLine<A>;
    if (parsed.type === "progress") progress(parsed.message);
    if (parsed.type === "problem") throw new ProblemError(parsed.problem as Problem);
    if (parsed.type === "answer") return parsed.answer;
  }
  throw unreachable(response.url, new Error("the answer broke off"));
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      rest += decoder.decode(chunk, { stream: true });
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") yield line;
    }
  } catch (error) {
    throw unreachable(response.url, error);
  }
  if (rest !== "") yield rest;
}

function problemIn(response: Response, text: string): Error {
  try {
    const problem = JSON.parse(text) as Problem;
    if (typeof problem.code === "string" && typeof problem.title === "string") return new ProblemError(problem);
  } catch {
    // Not a Plimsoll that answers, or a proxy in between: said below.
  }
  return new PlimsollError(
    "SERVER_UNREACHABLE",
    `${new URL(response.url === "" ? "http://server" : response.url).host} answers ${response.status}, and not as a Plimsoll does.`,
    {
      fix: "Check --server or PLIMSOLL_SERVER.",
    },
  );
}

function unreachable(url: string, cause: unknown): PlimsollError {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return new PlimsollError(
    "SERVER_UNREACHABLE",
    `The server at ${url === "" ? "the other end" : url} can't be reached.`,
    { why: inner instanceof Error ? inner.message : String(inner), fix: "Start it with plimsoll up, or correct --server." },
    cause,
  );
}
