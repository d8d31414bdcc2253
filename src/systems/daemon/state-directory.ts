import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { PlimsollError } from "../../domain/shared/errors.ts";

/** A Unix socket's path has to fit into `sun_path` of 108 bytes, the closing zero included. Source: unix(7). */
const socketPathBytesMax = 107;

/** Makes the folder where a daemon keeps its state, closed to other users. @throws INPUT_INVALID when its socket's path is too long */
export function openStateDirectory(directory: string, name: string): { readonly socketPath: string; readonly stateFile: string } {
  const socketPath = join(directory, `${name}.sock`);
  const bytes = Buffer.byteLength(socketPath);
  if (bytes > socketPathBytesMax) {
    throw new PlimsollError(
      "INPUT_INVALID",
      `the path of the socket ${socketPath} has ${bytes} bytes, the system allows ${socketPathBytesMax}`,
      {
        fix: "choose a shorter state directory",
      },
    );
  }
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  return { socketPath, stateFile: join(directory, `${name}.json`) };
}

/**
 * Makes this process the only one of its name in a state directory, until it ends however it ends: the lock hangs on an open
 * file, not on a pid that a file remembers. Node has no flock(2), so util-linux's `flock` takes it on a descriptor it inherits;
 * the lock belongs to the open file, which stays open here.
 *
 * @returns false when another process has it
 */
export function lockStateDirectory(directory: string, name: string): boolean {
  const file = openSync(join(directory, `${name}.lock`), "a", 0o600);
  const taken = spawnSync("flock", ["--nonblock", "3"], { stdio: ["ignore", "ignore", "ignore", file], env: { PATH: "/usr/bin:/bin" } });
  if (taken.error !== undefined) {
    throw new PlimsollError("NOT_FOUND", "there is no program flock", { fix: "install util-linux" }, taken.error);
  }
  return taken.status === 0;
}
