import { resolve } from "node:path";
import type { Command } from "commander";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { apply } from "../../../http/contract/environments.ts";
import { overContract, withCommonOptions, type Building } from "../../action.ts";
import { output, type Format } from "../../render/output.ts";
import type { Terminal } from "../../terminal.ts";

interface Options {
  readonly file: string;
  readonly dryRun?: boolean;
  readonly server?: string;
  readonly output: Format;
}

export function addApply(parent: Command, building: Building): void {
  const command = parent
    .command("apply")
    .description("Make tenants and environments what YAML documents say; everything is checked before anything is changed")
    .requiredOption("-f, --file <file>", "file with the documents; - reads standard input")
    .option("--dry-run", "check everything and change nothing")
    .addHelpText(
      "after",
      `
Examples:
  plimsoll apply -f environment.yaml --dry-run
  plimsoll apply -f - < environment.yaml

A document:
  apiVersion: plimsoll.dev/v1alpha1
  kind: Tenant
  metadata: { name: acme }
  ---
  apiVersion: plimsoll.dev/v1alpha1
  kind: Environment
  metadata: { name: acme-production }
  spec:
    tenant: acme
    stage: production
    database: { host: 127.0.0.1, port: 5432, name: acme, user: odoo, password: { fromFile: /etc/plimsoll/acme.password } }
    dataDirectory: /var/lib/odoo
    runtime:
      kind: process
      odoo: { python: /usr/bin/python3, server: /usr/bin/odoo, addonsPaths: [/usr/lib/python3/dist-packages/odoo/addons] }
      workers: 4
    gateway: { listen: "127.0.0.1:8069" }
    release: "2026.10"
    limits: { hold: 60s, drain: 30s }`,
    )
    .action(async (options: Options) =>
      overContract(building, options, { worker: false }, async ({ client, terminal, format, progress }) => {
        const documents = await readDocuments(terminal, options.file);
        const applied = await client.call(apply, { body: { documents, dryRun: options.dryRun === true }, progress: progress.say });
        progress.end();
        output(terminal, format, {
          value: applied,
          names: () => applied.resources.map((resource) => resource.name),
          table: () =>
            applied.resources
              .flatMap(({ kind, name, action, notes }) => [
                `${kind} ${name}: ${applied.dryRun && action !== "unchanged" ? `would be ${action}` : action}`,
                ...notes.map((note) => `  ${note}`),
              ])
              .join("\n"),
        });
      }),
    );
  withCommonOptions(command);
}

async function readDocuments(terminal: Terminal, file: string): Promise<string> {
  if (file === "-") return terminal.readStdin();
  try {
    return await terminal.readFile(resolve(terminal.cwd, file));
  } catch (error) {
    throw new PlimsollError(
      "INPUT_INVALID",
      `The file ${file} can't be read.`,
      { why: error instanceof Error ? error.message : String(error), fix: "Name a file with -f, or - to read standard input." },
      error,
    );
  }
}
