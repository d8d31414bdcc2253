import { chmod, chown, mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OsUser } from "./render.ts";
import { readStartup } from "./startup-packet.ts";

/** PostgreSQL's own limit for a startup packet. */
const startupBytesMax = 10_000;
/** A path of a Unix socket holds 108 bytes, the last of them a zero. */
const socketPathBytesMax = 107;

export interface DatabaseRelay {
  /** What Odoo takes as its db_host. */
  readonly directory: string;
  close(): Promise<void>;
}

/**
 * The one way from a run without a network to its database: a Unix socket that only Odoo's user may connect to, forwarded to
 * PostgreSQL's TCP port by this process. Sessions for other databases than those named are refused before PostgreSQL hears of them.
 */
export async function openDatabaseRelay(of: {
  readonly host: string;
  readonly port: number;
  readonly databases: readonly string[];
  readonly user: OsUser;
}): Promise<DatabaseRelay> {
  const directory = await mkdtemp(join(shortTemporary(of.port), "plimsoll-"));
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    track(sockets, client);
    relay(client, sockets, of);
  });
  const path = join(directory, socketName(of.port));
  try {
    await listen(server, path);
    // The folder stays ours, so that nothing can take the socket's place; connecting takes the right to write to the socket.
    await chmod(path, 0o600);
    if (of.user.uid !== null) await chown(path, of.user.uid, of.user.gid ?? of.user.uid);
    await chmod(directory, 0o711);
  } catch (error) {
    server.close();
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
  return {
    directory,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function relay(
  client: Socket,
  sockets: Set<Socket>,
  to: { readonly host: string; readonly port: number; readonly databases: readonly string[] },
): void {
  let head = Buffer.alloc(0);
  const take = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const startup = readStartup(head, startupBytesMax);
    if (startup.kind === "incomplete") return;
    // Encryption would only be between Odoo and us, on one machine.
    if (startup.kind === "encryption") {
      head = Buffer.alloc(0);
      client.write("N");
      return;
    }
    if (startup.kind === "session" && !to.databases.includes(startup.database)) {
      client.destroy();
      return;
    }
    if (startup.kind === "unknown") {
      client.destroy();
      return;
    }
    client.off("data", take);
    client.pause();
    // What Odoo sends in two pieces would wait for an acknowledgement in between.
    const server = connect({ port: to.port, host: to.host, noDelay: true });
    track(sockets, server);
    server.once("connect", () => {
      server.write(head);
      client.pipe(server);
      server.pipe(client);
    });
    client.once("close", () => server.destroy());
    server.once("close", () => client.destroy());
  };
  client.on("data", take);
}

function track(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  // A peer that resets is a session that ended, which its other half is told by `close`.
  socket.on("error", () => undefined);
  socket.once("close", () => sockets.delete(socket));
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function socketName(port: number): string {
  return `.s.PGSQL.${port}`;
}

function shortTemporary(port: number): string {
  const directory = tmpdir();
  const longest = join(directory, "plimsoll-XXXXXX", socketName(port));
  return Buffer.byteLength(longest) <= socketPathBytesMax ? directory : "/tmp";
}
