import type { Actor, Permission, Progress } from "../app/use-case.ts";
import type { World } from "../app/world.ts";
import type { Operation } from "./contract/operation.ts";

export interface Asked<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

/** What the server knows about itself, for those who ask. */
export interface ServerFacts {
  readonly version: string;
  readonly startedAt: string;
  readonly worker: boolean;
}

export interface HandlerContext {
  readonly world: World;
  readonly server: ServerFacts;
  readonly actor: Actor;
  readonly progress: Progress;
}

/** An operation with what answers it. */
export interface Binding {
  readonly operation: Operation<never, never, never, unknown, never>;
  /** null: open to everybody. */
  readonly permission: Permission | null;
  readonly handle: (context: HandlerContext, asked: Asked<unknown, unknown, unknown>) => Promise<unknown>;
}

/** Ties an operation to its handler; the compiler compares what the use case gives with what the contract promises. */
export function bind<P, Q, B, A, I>(
  operation: Operation<P, Q, B, A, I>,
  permission: Permission | null,
  handle: (context: HandlerContext, asked: Asked<P, Q, B>) => Promise<A>,
): Binding {
  return { operation: operation as unknown as Binding["operation"], permission, handle: handle as Binding["handle"] };
}
