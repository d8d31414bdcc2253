import { realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { ProcessRuntimeSpec } from "../../domain/fleet/environment.ts";
import type { Processes } from "../../app/ports/runtime-kind.ts";

type Odoo = ProcessRuntimeSpec["odoo"];

export interface PythonFacts {
  readonly version: string;
  /** Version of every installed distribution by its normalised name. */
  readonly libraries: Readonly<Record<string, string>>;
  /** Folder of the package `odoo`. */
  readonly odooPackage: string;
}

const timeoutMs = 60_000;

/** Finds the package as the server would (its folder comes first on the path) without importing it. */
const script = `
import importlib.metadata, importlib.util, json, os, platform, re, sys
sys.path[0] = sys.argv[1]
libraries = {}
for one in importlib.metadata.distributions():
    name = one.metadata["Name"]
    if name:
        libraries.setdefault(re.sub(r"[-_.]+", "-", name).lower(), one.version)
spec = importlib.util.find_spec("odoo")
places = list(spec.submodule_search_locations or []) if spec else []
package = next((place for place in places if os.path.exists(os.path.join(place, "release.py"))), None)
print("plimsoll " + json.dumps({"version": platform.python_version(), "libraries": libraries, "odooPackage": package}))
`;

/** Asks a Python for its version, its libraries and the place of Odoo; once per process, because that takes a second. */
export function createPythonReader(processes: Processes): (odoo: Odoo) => Promise<PythonFacts> {
  const known = new Map<string, Promise<PythonFacts>>();
  return (odoo) => {
    const key = JSON.stringify([odoo.python, odoo.server, odoo.pythonPath ?? null]);
    const asked = known.get(key) ?? ask(odoo, processes);
    known.set(key, asked);
    asked.catch(() => known.delete(key));
    return asked;
  };
}

async function ask(odoo: Odoo, processes: Processes): Promise<PythonFacts> {
  const server = await realpath(odoo.server).catch((cause: unknown) => {
    throw wrong(`There is no Odoo server at ${odoo.server}.`, cause);
  });
  const lines: string[] = [];
  const errors: string[] = [];
  const result = await processes
    .run({
      argv: [odoo.python, "-s", "-c", script, dirname(server)],
      cwd: "/",
      env: {
        PATH: process.env["PATH"] ?? "/usr/bin:/bin",
        LC_ALL: "C.UTF-8",
        PYTHONDONTWRITEBYTECODE: "1",
        ...(odoo.pythonPath === undefined ? {} : { PYTHONPATH: odoo.pythonPath }),
      },
      timeoutMs,
      graceMs: 2_000,
      signal: new AbortController().signal,
      line: (line, stream) => void (stream === "stdout" ? lines : errors).push(line),
    })
    .catch((cause: unknown) => {
      throw wrong(`The Python ${odoo.python} can't be started.`, cause);
    });
  const answer = lines.find((line) => line.startsWith("plimsoll "));
  if (result.exitCode !== 0 || answer === undefined)
    throw wrong(`The Python ${odoo.python} can't be asked for its libraries: ${errors.at(-1) ?? "it gave no answer"}.`);
  const facts = JSON.parse(answer.slice("plimsoll ".length)) as {
    readonly version: string;
    readonly libraries: Record<string, string>;
    readonly odooPackage: string | null;
  };
  if (facts.odooPackage === null)
    throw wrong(`The Python ${odoo.python} does not find the package odoo beside ${odoo.server} or on its path.`);
  return { version: facts.version, libraries: facts.libraries, odooPackage: facts.odooPackage };
}

function wrong(message: string, cause?: unknown): PlimsollError {
  return new PlimsollError(
    "INPUT_INVALID",
    message,
    {
      ...(cause instanceof Error ? { why: cause.message } : {}),
      fix: "Correct python, server or pythonPath in the environment's runtime.odoo section.",
    },
    cause,
  );
}
