import type { Base, ReleaseContent } from "../../../src/domain/release/release.ts";
import type { Digest } from "../../../src/domain/shared/digest.ts";
import { PlimsollError } from "../../../src/domain/shared/errors.ts";
import type { ReleaseLibrary } from "../../../src/app/ports/release-library.ts";

/** Releases by digest, in memory. */
export class FakeReleaseLibrary implements ReleaseLibrary {
  readonly kept: Map<Digest, ReleaseContent> = new Map();
  /** Texts by release and path; a file without one has an empty text. */
  readonly texts: Map<Digest, ReadonlyMap<string, string | null>> = new Map();
  /** Digests whose stored bytes no longer match. */
  readonly altered: Set<Digest> = new Set();
  readonly #base: Base;

  constructor(base: Base) {
    this.#base = base;
  }

  add(): Promise<never> {
    return Promise.reject(new PlimsollError("RELEASE_NO_MODULE", "The fake library takes no folders; put content into `kept`."));
  }

  async content(digest: Digest): Promise<ReleaseContent> {
    const content = this.kept.get(digest);
    if (content === undefined) throw new PlimsollError("NOT_FOUND", `There is no release ${digest}.`);
    return content;
  }

  async readTexts(digest: Digest, paths: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    const known = new Set((await this.content(digest)).files.map((file) => file.path));
    if (this.altered.has(digest)) throw new PlimsollError("RELEASE_ALTERED", `Stored bytes of release ${digest} were changed.`);
    const missing = paths.find((path) => !known.has(path));
    if (missing !== undefined) throw new PlimsollError("NOT_FOUND", `The release ${digest} has no file ${missing}.`);
    const texts = this.texts.get(digest) ?? new Map<string, string | null>();
    return new Map(paths.map((path) => [path, texts.has(path) ? (texts.get(path) ?? null) : ""]));
  }

  async verify(digest: Digest): Promise<void> {
    await this.content(digest);
    if (this.altered.has(digest)) throw new PlimsollError("RELEASE_ALTERED", `Stored bytes of release ${digest} were changed.`);
  }

  async materialise(digest: Digest): Promise<readonly string[]> {
    await this.verify(digest);
    return [`/releases/${digest.slice(7)}/0`];
  }

  base(): Promise<Base> {
    return Promise.resolve(this.#base);
  }

  baseFolders(): Promise<readonly string[]> {
    return Promise.resolve(["/opt/odoo/odoo/addons"]);
  }
}
