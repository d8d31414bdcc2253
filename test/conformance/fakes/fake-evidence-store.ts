import { createHash } from "node:crypto";
import type { EvidenceStore } from "../../../src/app/ports/evidence-store.ts";
import { canonicalJson, type Json } from "../../../src/domain/shared/canonical-json.ts";
import type { Digest } from "../../../src/domain/shared/digest.ts";
import { PlimsollError } from "../../../src/domain/shared/errors.ts";

export class FakeEvidenceStore implements EvidenceStore {
  readonly #kept = new Map<Digest, string>();

  put(value: Json): Promise<Digest> {
    const text = canonicalJson(value);
    const digest = sha256(text);
    this.#kept.set(digest, text);
    return Promise.resolve(digest);
  }

  async get(digest: Digest): Promise<Json> {
    const text = this.#kept.get(digest);
    if (text === undefined) throw new PlimsollError("NOT_FOUND", `The evidence ${digest} is not in the store.`);
    return JSON.parse(text) as Json;
  }
}

export function sha256(text: string): Digest {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
