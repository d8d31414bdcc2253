import type { World } from "./world.ts";

/** Who asks, as the record will name them. */
export interface Actor {
  readonly name: string;
}

/** Says what is happening, for whoever waits. */
export type Progress = (message: string) => void;

/** What a caller must be allowed to do; today one token allows everything, the names are what roles will be made of. */
export type Permission =
  | "release:create"
  | "release:read"
  | "environment:apply"
  | "environment:read"
  | "environment:lift-hold"
  | "change:create"
  | "change:plan"
  | "change:approve"
  | "change:run"
  | "change:abort"
  | "change:resume"
  | "change:recover"
  | "change:read"
  | "event:read";

/** One thing that a person or a program can ask of Plimsoll. Its input was checked where it entered, by the schema of the HTTP contract. */
export interface UseCase<I, O> {
  /** `<verb>-<noun>`, equals its file. */
  readonly id: string;
  readonly permission: Permission;
  handler(world: World, actor: Actor, input: I, progress: Progress): Promise<O>;
}
