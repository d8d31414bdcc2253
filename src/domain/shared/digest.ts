import { canonicalJson, type Json } from "./canonical-json.ts";

/** The SHA-256 of some bytes, in lower-case hexadecimal, with its algorithm in front. */
export type Digest = `sha256:${string}`;

/** SHA-256 over the UTF-8 bytes of a text; handed in, because the domain has no crypto of its own. */
export type HashText = (text: string) => Digest;

/** The digest that names a JSON value: SHA-256 over its canonical form. */
export function digestOf(value: Json, hash: HashText): Digest {
  return hash(canonicalJson(value));
}

export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

/** What people read: the first seven hexadecimal digits. */
export function shortDigest(digest: Digest): string {
  return digest.slice("sha256:".length, "sha256:".length + 7);
}
