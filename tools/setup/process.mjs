import { spawn } from "node:child_process";
import { constants } from "node:os";

const keptBytes = 256 * 1024;

/** Runs a program to its end and keeps what it said. Never rejects for an exit code. */
export function capture(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    let stdout = "";
    let output = "";
    const keep = (text, chunk) => (text + chunk).slice(-keptBytes);
    child.stdout.setEncoding("utf8").on("data", (chunk) => {
      stdout += chunk;
      output = keep(output, chunk);
    });
    child.stderr.setEncoding("utf8").on("data", (chunk) => {
      output = keep(output, chunk);
    });
    child.on("error", (error) => resolve({ code: 127, stdout, output: String(error.message) }));
    child.on("close", (code, signal) => resolve({ code: code ?? 128 + (constants.signals[signal] ?? 0), stdout, output }));
  });
}

/** `first | second`; resolves when both ended well, rejects with what they said otherwise. */
export function pipeline(first, second) {
  return new Promise((resolve, reject) => {
    const from = spawn(first[0], first.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
    const to = spawn(second[0], second.slice(1), { stdio: ["pipe", "ignore", "pipe"] });
    let said = "";
    let open = 2;
    let failed = false;
    const ended = (name) => (code, signal) => {
      if (code !== 0) {
        failed = true;
        said += `${name} ended with ${code ?? signal}\n`;
      }
      open -= 1;
      if (open > 0) return;
      if (failed) reject(new Error(said.trim()));
      else resolve();
    };
    for (const child of [from, to]) {
      child.stderr.setEncoding("utf8").on("data", (chunk) => (said += chunk));
      child.on("error", reject);
    }
    // The reader may end first; the writer's EPIPE is then no news.
    to.stdin.on("error", () => {});
    from.stdout.pipe(to.stdin);
    from.on("close", ended(first[0]));
    to.on("close", ended(second[0]));
  });
}

/**
 * Runs a program in the foreground and answers with its exit code; signals reach it.
 * @param stdout "inherit", or "stderr" where standard output belongs to somebody else
 */
export function foreground(command, args, { env = process.env, cwd, stdout = "inherit" } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env, cwd, stdio: ["inherit", stdout === "stderr" ? 2 : "inherit", "inherit"] });
    const handlers = [];
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      const forward = () => {
        // A terminal gives Ctrl-C to the whole foreground group; passing it on would make it two.
        if (signal === "SIGINT" && process.stdin.isTTY) return;
        child.kill(signal);
      };
      process.on(signal, forward);
      handlers.push([signal, forward]);
    }
    const finish = (code) => {
      for (const [signal, forward] of handlers) process.removeListener(signal, forward);
      resolve(code);
    };
    child.on("error", (error) => {
      process.stderr.write(`${command}: ${error.message}\n`);
      finish(127);
    });
    child.on("close", (code, signal) => finish(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

export function lastLines(text, count = 15) {
  return text.trim().split("\n").slice(-count).join("\n");
}
