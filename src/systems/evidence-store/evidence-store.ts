import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { canonicalJson, type Json } from "../../domain/shared/canonical-json.ts";
import type { Digest } from "../../domain/shared/digest.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { EvidenceStore } from "../../app/ports/evidence-store.ts";

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Evidence as compressed files named by the SHA-256 of their canonical JSON. */
export function createEvidenceStore(options: { readonly directory: string }): EvidenceStore {
  const fileOf = (digest: Digest): string => join(options.directory, digest.slice(7, 9), `${digest.slice(7)}.json.gz`);
  return {
    async put(value: Json): Promise<Digest> {
      const text = canonicalJson(value);
      const digest = sha256(text);
      const file = fileOf(digest);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      const beside = `${file}.${randomUUID()}`;
      const handle = await open(beside, "wx", 0o600);
      try {
        await handle.writeFile(await compress(text, { level: 1 }));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(beside, file);
      return digest;
    },
    async get(digest: Digest): Promise<Json> {
      const bytes = await readFile(fileOf(digest)).catch((cause: unknown) => {
        throw new PlimsollError(
          "NOT_FOUND",
          `The evidence ${digest} is not in the store.`,
          { facts: { directory: options.directory } },
          cause,
        );
      });
      const text = (await decompress(bytes)).toString("utf8");
      if (sha256(text) !== digest) {
        throw new PlimsollError("STATE_UNEXPECTED", `The evidence ${digest} was altered after it was stored.`, {
          why: "Its bytes no longer give the digest that names it.",
          fix: "Find out who writes into the evidence directory; run the change again to gather the evidence anew.",
        });
      }
      return JSON.parse(text) as Json;
    },
  };
}

function sha256(text: string): Digest {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
