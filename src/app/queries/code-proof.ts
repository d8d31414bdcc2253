import type { TenantFacts } from "../../domain/fleet/facts.ts";
import type { CodeProof } from "../../domain/impact/impact.ts";
import type { Base, Release, ReleaseContent } from "../../domain/release/release.ts";
import type { SourceModel } from "../../domain/release/source-model.ts";
import { proveCodeOnly } from "../../odoo/analysis/code-only.ts";
import { loadedFromRelease } from "../../odoo/analysis/module-universe.ts";
import { SourceReader, type SourceText } from "../../odoo/source/source-model.ts";
import type { ReleaseLibrary } from "../ports/release-library.ts";
import type { EnvironmentRecord } from "../ports/store.ts";

export interface CodeProofQuestion {
  readonly environment: EnvironmentRecord;
  readonly tenant: TenantFacts;
  readonly base: Base;
  readonly from: Release | null;
  readonly to: Release;
}

/** Does a release change anything that an update would load? null: no release is recorded, so nothing can be compared. */
export async function proveRelease(releases: ReleaseLibrary, question: CodeProofQuestion): Promise<CodeProof | null> {
  const { environment, tenant, base, from, to } = question;
  if (from === null) return null;
  const reader = new SourceReader();
  return proveCodeOnly({
    facts: tenant,
    base,
    recordedBase: environment.baseDigest,
    from: from.content,
    to: to.content,
    lag: environment.lag,
    sources: {
      from: await sourcesOf(releases, from, loadedFromRelease(base, from.content, tenant), reader),
      to: await sourcesOf(releases, to, loadedFromRelease(base, to.content, tenant), reader),
    },
  });
}

async function sourcesOf(
  releases: ReleaseLibrary,
  release: Release,
  loaded: ReadonlySet<string>,
  reader: SourceReader,
): Promise<SourceModel> {
  const { content, digest } = release;
  const places = wanted(content, loaded);
  const texts = await releases.readTexts(digest, [...places.keys()]);
  const sources = [...places].map(([place, { path, digest: bytes }]): SourceText => ({
    path,
    digest: bytes,
    text: texts.get(place) ?? null,
  }));
  return reader.read(sources, dataFiles(content, loaded));
}

/** Files that the proof reads, by their path in the release: Python, manifests, translations and data of what is installed. */
function wanted(content: ReleaseContent, loaded: ReadonlySet<string>): Map<string, { readonly path: string; readonly digest: string }> {
  const data = dataFiles(content, loaded);
  const indexes = new Map(content.modules.map((module) => [module.name, String(module.addonsIndex)]));
  const files = new Map<string, { readonly path: string; readonly digest: string }>();
  for (const file of content.files) {
    const [index, module = "", ...rest] = file.path.split("/");
    const path = `${module}/${rest.join("/")}`;
    if (!loaded.has(module) || indexes.get(module) !== index || rest[0] === "tests") continue;
    if (/\.(?:py|pot?)$/.test(path) || data.has(path)) files.set(file.path, { path, digest: file.digest });
  }
  return files;
}

function dataFiles(content: ReleaseContent, loaded: ReadonlySet<string>): ReadonlySet<string> {
  const modules = content.modules.filter((module) => loaded.has(module.name));
  return new Set(
    modules.flatMap((module) =>
      module.dataFiles.map(
        (file) =>
          `${module.name}/${file
            .split("/")
            .filter((part) => part !== "" && part !== ".")
            .join("/")}`,
      ),
    ),
  );
}
