import type { Context } from "hono";
import { stream } from "hono/streaming";
import type { Progress } from "../app/use-case.ts";
import { streamMediaType, type StreamLine } from "./contract/operation.ts";
import type { Problem } from "./contract/problem.ts";

/** Proxies and clients give up on a connection that is silent for longer. */
const aliveMs = 10_000;

/** Answers line by line: what is being done, then the answer or the problem. A client that goes away doesn't stop the work. */
export function answerInLines(
  context: Context,
  status: number,
  work: (progress: Progress) => Promise<unknown>,
  toProblem: (error: unknown) => Problem,
): Response {
  context.header("content-type", streamMediaType);
  context.header("cache-control", "no-store");
  return stream(context, async (out) => {
    const write = (line: StreamLine<unknown>): Promise<unknown> => out.write(`${JSON.stringify(line)}\n`).catch(() => undefined);
    const alive = setInterval(() => void write({ type: "alive" }), aliveMs);
    try {
      const answer = await work((message) => void write({ type: "progress", message }));
      await write({ type: "answer", status, answer });
    } catch (error) {
      await write({ type: "problem", problem: toProblem(error) });
    } finally {
      clearInterval(alive);
    }
  });
}
