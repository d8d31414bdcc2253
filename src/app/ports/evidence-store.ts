import type { Digest } from "../../domain/shared/digest.ts";
import type { Json } from "../../domain/shared/canonical-json.ts";

/** Keeps what verdicts rest on, by content. What is large (a catalogue snapshot, an update's log) lives here; the record carries the digest. */
export interface EvidenceStore {
  put(value: Json): Promise<Digest>;
  /** @throws NOT_FOUND, or STATE_UNEXPECTED when the stored bytes don't match */
  get(digest: Digest): Promise<Json>;
}
