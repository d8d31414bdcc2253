import { Option, type Command } from "commander";
import { listen, type Building } from "../../action.ts";

const defaultListen = { host: "127.0.0.1", port: 7946 };

interface UpOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly allowRemote?: boolean;
  readonly hostName: string;
  readonly worker: boolean;
}

export function addUp(parent: Command, { terminal }: Building): void {
  parent
    .command("up")
    .description("Run the server, a worker, and Plimsoll's own PostgreSQL (or that of DATABASE_URL), until told to end")
    .addOption(new Option("--listen <address:port>", "where the API listens").argParser(listen).default(defaultListen, "127.0.0.1:7946"))
    .option("--allow-remote", "listen on an address that others can reach; put TLS in front")
    .option("--host-name <name>", "name of this host in spec.runtime.host", "local")
    .option("--no-worker", "serve the API only")
    .addHelpText("after", "\nExamples:\n  plimsoll up\n  DATABASE_URL=postgres://plimsoll@db/plimsoll plimsoll up --listen 127.0.0.1:8000")
    .action(async (options: UpOptions) =>
      terminal.host.up({
        listen: options.listen,
        allowRemote: options.allowRemote === true,
        hostName: options.hostName,
        worker: options.worker,
      }),
    );
}

export function addWorker(parent: Command, { terminal }: Building): void {
  parent
    .command("worker")
    .description("Run one more worker on the same store, until told to end")
    .option("--host-name <name>", "name of this host in spec.runtime.host", "local")
    .addHelpText("after", "\nExample:\n  plimsoll worker --host-name odoo-2")
    .action(async (options: { readonly hostName: string }) => terminal.host.work({ hostName: options.hostName }));
}

export function addDown(parent: Command, { terminal }: Building): void {
  parent
    .command("down")
    .description("End the server of this host; Odoo and the gateway go on serving")
    .option(
      "--everything",
      "also end every Odoo of this host's environments, gateway, supervisor, and Plimsoll's own PostgreSQL: users are no longer served",
    )
    .option("-o, --output <format>", "not used")
    .option("--server <url>", "not used: it is this host's server that ends")
    .addHelpText("after", "\nExamples:\n  plimsoll down\n  plimsoll down --everything")
    .action(async (options: { readonly everything?: boolean }) => {
      const done = await terminal.host.down({ everything: options.everything === true });
      terminal.out(`${done.length === 0 ? "Nothing ran." : done.join("\n")}\n`);
    });
}
