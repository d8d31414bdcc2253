import { expect, test } from "vitest";
import type { ModuleFacts, ReleaseContent, ReleaseFile } from "./release.ts";
import { releaseDiff } from "./release-diff.ts";

type Files = Readonly<Record<string, string>>;

function content(
  modules: Readonly<
    Record<string, { readonly version: string; readonly files: Files; readonly addonsIndex?: number; readonly mode?: "755" }>
  >,
): ReleaseContent {
  return {
    formatVersion: 1,
    series: "19.0",
    addonsPaths: 1,
    modules: Object.entries(modules).map(([name, { version, files, addonsIndex = 0, mode = "644" }]): ModuleFacts => ({
      name,
      addonsIndex,
      digest: `sha256:${JSON.stringify([files, mode])}`,
      version,
      depends: ["base"],
      installable: true,
      autoInstall: false,
      externalDependencies: { python: [], bin: [] },
      migrationScripts: [],
      dataFiles: [],
      hooks: [],
      sizeBytes: 1,
      fileCount: Object.keys(files).length,
    })),
    files: Object.entries(modules).flatMap(([name, { files, addonsIndex = 0, mode = "644" as const }]) =>
      Object.entries(files).map(([path, digest]): ReleaseFile => ({
        path: `${addonsIndex}/${name}/${path}`,
        mode,
        sizeBytes: 1,
        digest: `sha256:${digest}`,
      })),
    ),
  };
}

test("says which modules came, went and changed, and in which files", () => {
  const from = content({
    same: { version: "19.0.1.0", files: { "a.py": "1" } },
    gone: { version: "19.0.1.0", files: { "g.py": "1" } },
    other: { version: "19.0.1.0", files: { "a.py": "1", "b.py": "1", "d/c.py": "1" } },
  });
  const to = content({
    same: { version: "19.0.1.0", files: { "a.py": "1" } },
    fresh: { version: "19.0.2.0", files: { "f.py": "1" } },
    other: { version: "19.0.1.1", files: { "a.py": "1", "b.py": "2", "e.py": "1" } },
  });
  expect(releaseDiff(from, to)).toEqual({
    unchanged: 1,
    modules: [
      {
        module: "fresh",
        change: "added",
        fromVersion: null,
        toVersion: "19.0.2.0",
        filesAdded: ["f.py"],
        filesRemoved: [],
        filesChanged: [],
      },
      {
        module: "gone",
        change: "removed",
        fromVersion: "19.0.1.0",
        toVersion: null,
        filesAdded: [],
        filesRemoved: ["g.py"],
        filesChanged: [],
      },
      {
        module: "other",
        change: "changed",
        fromVersion: "19.0.1.0",
        toVersion: "19.0.1.1",
        filesAdded: ["e.py"],
        filesRemoved: ["d/c.py"],
        filesChanged: ["b.py"],
      },
    ],
  });
});

test("a module that only moved to another addons path is unchanged; another mode is a change", () => {
  const from = content({ m: { version: "19.0.1.0", files: { "a.sh": "1" } } });
  expect(releaseDiff(from, content({ m: { version: "19.0.1.0", files: { "a.sh": "1" }, addonsIndex: 2 } }))).toEqual({
    modules: [],
    unchanged: 1,
  });
  expect(releaseDiff(from, content({ m: { version: "19.0.1.0", files: { "a.sh": "1" }, mode: "755" } })).modules).toMatchObject([
    { change: "changed", filesChanged: ["a.sh"] },
  ]);
});
