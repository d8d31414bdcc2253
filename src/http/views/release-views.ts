import type { Release } from "../../domain/release/release.ts";
import type { ReleaseDetail, ReleaseSummary } from "../contract/releases.ts";

export function releaseSummary(release: Release, servesIn: readonly string[]): ReleaseSummary {
  const { content } = release;
  return {
    name: release.name,
    digest: release.digest,
    series: content.series,
    modules: content.modules.length,
    files: content.files.length,
    sizeBytes: content.files.reduce((sum, file) => sum + file.sizeBytes, 0),
    createdAt: release.createdAt,
    createdBy: release.createdBy,
    servesIn,
  };
}

export function releaseDetail(release: Release, servesIn: readonly string[]): ReleaseDetail {
  return {
    ...releaseSummary(release, servesIn),
    metadata: release.metadata,
    moduleList: release.content.modules.map(({ name, version, digest, depends, installable, migrationScripts, fileCount, sizeBytes }) => ({
      name,
      version,
      digest,
      depends,
      installable,
      migrationScripts,
      fileCount,
      sizeBytes,
    })),
  };
}
