import { createHash } from "node:crypto";
import { createServer } from "node:net";
import { PlimsollError } from "../../../domain/shared/errors.ts";

/** Below Linux's range for outgoing connections (32768 on), so that none of those takes a generation's port between restarts. */
const firstPort = 20_000;
const lastPort = 31_999;

/**
 * Ports of the loopback that nobody listens on, looked for from a place that depends on the name, so that environments don't
 * meet.
 *
 * @throws PORT_IN_USE when the whole range is taken
 */
export async function freePorts(count: number, name: string, taken: ReadonlySet<number>): Promise<number[]> {
  const size = lastPort - firstPort + 1;
  const start = createHash("sha256").update(name).digest().readUInt32BE(0) % size;
  const found: number[] = [];
  for (let offset = 0; offset < size && found.length < count; offset++) {
    const port = firstPort + ((start + offset) % size);
    if (!taken.has(port) && (await isFree(port))) found.push(port);
  }
  if (found.length < count) throw new PlimsollError("PORT_IN_USE", `No free port from ${firstPort} to ${lastPort} on the loopback.`);
  return found;
}

/** Can a server listen there now? */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
