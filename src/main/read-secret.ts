import { readFile, stat } from "node:fs/promises";
import type { SecretReference } from "../domain/fleet/environment.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import type { Variables } from "./home.ts";

const secretBytesMax = 4_096;

/** Reads a secret where its reference says, at the moment it is needed. @throws SECRET_UNREADABLE, never with the value */
export async function readSecret(reference: SecretReference, env: Variables): Promise<string> {
  if ("fromEnv" in reference) {
    const value = env[reference.fromEnv];
    if (value !== undefined && value !== "") return value;
    throw new PlimsollError("SECRET_UNREADABLE", `The environment variable ${reference.fromEnv} isn't set.`, {
      why: "The declaration says that the password is there, and the server doesn't have it.",
      fix: `Start the server with ${reference.fromEnv}, or refer to a file with fromFile.`,
    });
  }
  const value = await readSecretFile(reference.fromFile);
  if (value !== "") return value;
  throw new PlimsollError("SECRET_UNREADABLE", `The file ${reference.fromFile} is empty.`, {
    fix: "Write the password into it, on one line.",
  });
}

async function readSecretFile(path: string): Promise<string> {
  try {
    const facts = await stat(path);
    if (!facts.isFile() || facts.size > secretBytesMax) throw new Error(facts.isFile() ? `it has ${facts.size} bytes` : "it isn't a file");
    return (await readFile(path, "utf8")).replace(/\r?\n$/, "");
  } catch (error) {
    throw new PlimsollError(
      "SECRET_UNREADABLE",
      `The password file ${path} can't be read.`,
      {
        why: error instanceof Error ? error.message : String(error),
        fix: "Write the password into this file, readable by the user that runs Plimsoll and nobody else.",
      },
      error,
    );
  }
}
