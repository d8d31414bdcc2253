import type { Isolation } from "../../../app/ports/odoo-runtime.ts";
import type { Processes } from "../../../app/ports/runtime-kind.ts";
import type { OsUser } from "./render.ts";

const programs = ["/usr/bin/unshare", "/bin/unshare"];
const tryMs = 5_000;

const searchPath = "/usr/sbin:/usr/bin:/sbin:/bin";

/** Can a process be started in a network of its own, which has nothing in it? Tried, not guessed: containers often forbid it. */
export async function networkIsolation(
  processes: Processes,
  selfId: number = process.getuid?.() ?? -1,
): Promise<Isolation & { readonly program: string | null }> {
  const not = (why: string): Isolation & { readonly program: null } => ({
    isolated: false,
    sentence: `Not kept from the network: ${why}.`,
    program: null,
  });
  if (process.platform !== "linux") return not("only Linux gives a process a network of its own");
  if (selfId !== 0) return not("Plimsoll doesn't run as root, and only root may give a process a network of its own");
  for (const program of programs) {
    const run = await processes
      .run({
        argv: [program, "--net", "--", "/bin/true"],
        env: { PATH: searchPath },
        timeoutMs: tryMs,
        graceMs: tryMs,
        signal: new AbortController().signal,
      })
      .catch(() => null);
    if (run?.exitCode === 0)
      return { isolated: true, sentence: "Runs without any network; a Unix socket leads to its database and nowhere else.", program };
  }
  return not("this system refuses a network of its own to a process, or has no unshare (util-linux)");
}

/** The same command in a network of its own. It is started as root and becomes Odoo's user before it becomes Odoo. */
export function withoutNetwork(program: string, user: OsUser, argv: readonly string[]): readonly string[] {
  const { uid } = user;
  const become = uid === null ? [] : ["--setgid", String(user.gid ?? uid), "--setuid", String(uid)];
  return [program, "--net", ...become, "--", ...argv];
}
