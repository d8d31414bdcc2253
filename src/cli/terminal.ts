import type { Client } from "./client.ts";

/** The world of the command line, handed in by whoever starts it. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly version: string;
  /** Who types, as the record will name them. */
  readonly actor: string;
  out(text: string): void;
  err(text: string): void;
  /** May stderr be drawn on? */
  readonly animated: boolean;
  /** May stderr carry colour? Unless told: where it may be drawn on. */
  readonly coloured?: boolean;
  readStdin(): Promise<string>;
  readFile(path: string): Promise<string>;
  nowMs(): number;
  sleep(ms: number): Promise<void>;
  /** Finds a server, or starts one in this process. */
  connect(options: ConnectOptions): Promise<Connection>;
  readonly host: HostCommands;
}

export interface ConnectOptions {
  readonly server?: string | undefined;
  /** Work on deployments must be done by somebody: in this process when no server runs. */
  readonly worker: boolean;
}

export interface Connection {
  readonly client: Client;
  /** In the same process: when the command ends, so does the work. */
  readonly inProcess: boolean;
  close(): Promise<void>;
}

export interface Check {
  readonly name: string;
  readonly verdict: "passed" | "failed" | "unknown";
  readonly seen: string;
  readonly fix: string | null;
}

export interface UpRequest {
  readonly listen: { readonly host: string; readonly port: number };
  readonly allowRemote: boolean;
  readonly hostName: string;
  readonly worker: boolean;
}

/** What acts on this host and not over the contract. */
export interface HostCommands {
  up(request: UpRequest): Promise<void>;
  work(request: { readonly hostName: string }): Promise<void>;
  down(request: { readonly everything: boolean }): Promise<readonly string[]>;
  doctor(): Promise<readonly Check[]>;
}
