import pg from "pg";
import { eventChannel } from "./events.ts";

const reconnectMsMin = 100;
const reconnectMsMax = 5_000;

/** Calls back after commits that appended events; one connection for all callbacks, made again when it breaks. */
export class EventListener {
  readonly #connectionString: string;
  readonly #callbacks = new Set<() => void>();
  #client: pg.Client | null = null;
  #timer: NodeJS.Timeout | null = null;
  #backOffMs = reconnectMsMin;
  #closed = false;

  constructor(connectionString: string) {
    this.#connectionString = connectionString;
  }

  add(callback: () => void): { close(): void } {
    this.#callbacks.add(callback);
    if (this.#client === null && this.#timer === null) this.#connect();
    return { close: () => this.#callbacks.delete(callback) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#client?.end().catch(() => undefined);
  }

  #connect(): void {
    this.#timer = null;
    const client = new pg.Client({ connectionString: this.#connectionString, connectionTimeoutMillis: 5_000, keepAlive: true });
    this.#client = client;
    client.on("notification", () => this.#tell());
    client.on("error", () => this.#again(client));
    client.on("end", () => this.#again(client));
    client
      .connect()
      .then(() => client.query(`listen ${eventChannel}`))
      .then(() => {
        this.#backOffMs = reconnectMsMin;
        // What was committed before we listened, or while we were away, was not announced to us.
        this.#tell();
      })
      .catch(() => this.#again(client));
  }

  #again(client: pg.Client): void {
    if (this.#closed || this.#client !== client) return;
    this.#client = null;
    client.end().catch(() => undefined);
    this.#timer = setTimeout(() => this.#connect(), this.#backOffMs);
    this.#timer.unref();
    this.#backOffMs = Math.min(this.#backOffMs * 2, reconnectMsMax);
  }

  #tell(): void {
    for (const callback of this.#callbacks) callback();
  }
}
