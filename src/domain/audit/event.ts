import type { Json } from "../shared/canonical-json.ts";

/** What an event is about; a reader follows one thing through all of its events. */
export type SubjectKind = "release" | "tenant" | "environment" | "change" | "deployment" | "host";

/** One fact that happened, written in the transaction that made it true. Never changed, never removed. */
export interface EventRecord {
  /** Follows commit order within one subject; gaps are possible. */
  readonly sequence: number;
  readonly at: string;
  readonly actor: string;
  /** `<noun>.<past participle>`: `change.approved`, `step.done`. */
  readonly type: string;
  readonly subjectKind: SubjectKind;
  readonly subject: string;
  readonly environment: string | null;
  readonly deployment: string | null;
  readonly data: Json;
}

export type NewEvent = Omit<EventRecord, "sequence" | "at">;
