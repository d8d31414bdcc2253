import { mkdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { Processes } from "../../app/ports/runtime-kind.ts";

/** `<repository>@<ref>[:<path>]` */
export interface GitReference {
  readonly repository: string;
  readonly ref: string;
  /** Inside the repository, without slashes around it; empty for its root. */
  readonly path: string;
}

export interface GitCheckout {
  readonly directory: string;
  /** What the root is called when it is a module itself. */
  readonly rootName: string;
  readonly commit: string;
  readonly author: string;
}

const gitTimeoutMs = 300_000;
const linesMax = 500_000;

/** The reference that a source means, or null when it is a directory or nothing of the kind. */
export async function gitReference(source: string): Promise<GitReference | null> {
  if (await isDirectory(source)) return null;
  // Both parts may have an @ of their own (`HEAD@{1}`): the repository is the shortest one that exists.
  for (let at = source.indexOf("@"); at !== -1; at = source.indexOf("@", at + 1)) {
    const repository = source.slice(0, at);
    if (repository === "" || !(await isDirectory(repository))) continue;
    // A ref has no colon (git check-ref-format), so the first one ends it.
    const [ref = "", ...path] = source.slice(at + 1).split(":");
    return { repository: resolve(repository), ref, path: path.join(":").replace(/^(?:\.?\/)+|\/+$/g, "") };
  }
  return null;
}

/**
 * Writes the files of a commit into a folder: exactly what is committed, whatever the working copy has. Git's index and
 * working copy aren't touched.
 *
 * @throws INPUT_INVALID for an unknown ref or path, RELEASE_FILE_UNREADABLE for a submodule among the modules
 */
export async function checkOut(reference: GitReference, label: string, folder: string, processes: Processes): Promise<GitCheckout> {
  const git = createGit(reference, label, folder, processes);
  const commit =
    (
      await git(
        ["rev-parse", "--verify", "--quiet", "--end-of-options", `${reference.ref}^{commit}`],
        `there is no commit "${reference.ref}" in it`,
      )
    )[0] ?? "";
  const author = (await git(["log", "-1", "--no-show-signature", "--format=%an <%ae>", commit], "its author can't be read"))[0] ?? "";
  const tree = `${commit}:${reference.path}`;
  const kind = (await git(["cat-file", "-t", tree], `the commit has no path "${reference.path}"`))[0];
  if (kind !== "tree") throw gitFailed(label, `"${reference.path}" is a file, not a directory`);
  await refuseSubmodules(await git(["ls-tree", "-r", "--full-tree", tree], "its files can't be listed"), label);
  const directory = join(folder, "tree");
  await mkdir(directory);
  await git(["read-tree", tree], "its files can't be read");
  await git(["checkout-index", "--all", "--force", `--prefix=${directory}/`], "its files can't be written");
  return {
    directory,
    rootName: basename(reference.path === "" ? reference.repository.replace(/\.git$/, "") : reference.path),
    commit,
    author,
  };
}

type Git = (argv: readonly string[], otherwise: string) => Promise<readonly string[]>;

function createGit(reference: GitReference, label: string, folder: string, processes: Processes): Git {
  // Line ends as committed; the index is a scratch one.
  const settings = ["-c", "core.autocrlf=false", "-c", "core.eol=lf", "-c", "core.fsmonitor=false", "-c", "core.symlinks=true"];
  const env = {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: process.env["HOME"] ?? "/",
    LC_ALL: "C",
    GIT_INDEX_FILE: join(folder, "index"),
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
  };
  return async (argv, otherwise) => {
    const lines: string[] = [];
    const errors: string[] = [];
    const result = await processes
      .run({
        argv: ["git", "-C", reference.repository, ...settings, ...argv],
        env,
        timeoutMs: gitTimeoutMs,
        graceMs: 2_000,
        signal: new AbortController().signal,
        line: (line, stream) => {
          const kept = stream === "stdout" ? lines : errors;
          if (kept.length < linesMax) kept.push(line);
        },
      })
      .catch((cause: unknown) => {
        throw gitFailed(label, "git can't be started", cause);
      });
    if (result.exitCode === 0 && lines.length < linesMax) return lines;
    const said = errors.find((line) => line.startsWith("fatal:") || line.startsWith("error:"));
    throw gitFailed(label, said === undefined ? otherwise : `${otherwise} (git: ${said})`);
  };
}

/** A commit names a submodule's commit but does not hold its files: a module in it would silently be missing. */
async function refuseSubmodules(entries: readonly string[], label: string): Promise<void> {
  const paths = entries.map((entry) => ({ mode: entry.slice(0, 6), path: entry.slice(entry.indexOf("\t") + 1) }));
  const modules = new Set(paths.flatMap(({ path }) => (/^[^/]+\/__manifest__\.py$/.test(path) ? [path.split("/")[0]] : [])));
  const rootIsModule = paths.some(({ path }) => path === "__manifest__.py");
  const submodule = paths.find(
    ({ mode, path }) => mode === "160000" && (rootIsModule || !path.includes("/") || modules.has(path.split("/")[0])),
  );
  if (submodule === undefined) return;
  throw new PlimsollError(
    "RELEASE_FILE_UNREADABLE",
    `${label} has the submodule ${submodule.path}, whose files the commit does not hold.`,
    {
      fix: "Give the submodule's own repository as a further source, <repository>@<ref>, or a directory in which it is checked out.",
      facts: { file: submodule.path, source: label },
    },
  );
}

function gitFailed(label: string, what: string, cause?: unknown): PlimsollError {
  return new PlimsollError(
    "INPUT_INVALID",
    `The source ${label} can't be read from git: ${what}.`,
    {
      fix: "Write <repository>@<ref> or <repository>@<ref>:<path>, with a repository on this machine and a ref that it has.",
      facts: { source: label },
    },
    cause,
  );
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
}
