import type { ReleaseAnalysis } from "../domain/impact/analysis.ts";
import type { ReleaseDifference } from "../http/contract/releases.ts";
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
  /** May stdout carry colour? Unless told: no. */
  readonly colouredOut?: boolean;
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
  /** Is there a file or folder of that name? */
  exists(path: string): Promise<boolean>;
  /** Odoo's addons folders on this host, its own package first; empty: none was found. */
  odooFolders(): Promise<readonly string[]>;
  analyse(request: AnalyseRequest, progress: (message: string) => void): Promise<ReleaseAnalysis>;
  compare(request: { readonly old: string; readonly new: string }, progress: (message: string) => void): Promise<ReleaseDifference>;
}

/** Folders or wheels to read, without any server. Paths are absolute or relative to where the command was typed. */
export interface AnalyseRequest {
  readonly old: string | null;
  readonly new: string;
  readonly base: readonly string[];
  readonly series: string | null;
  readonly modules: readonly string[] | null;
}
