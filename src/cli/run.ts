import { CommanderError } from "commander";
import { buildProgram } from "./program.ts";
import { problemOfError } from "./problem-error.ts";
import { problemText } from "./render/problem-text.ts";
import type { Terminal } from "./terminal.ts";

/** Runs one command line. @returns the exit code */
export async function runCommandLine(argv: readonly string[], terminal: Terminal): Promise<number> {
  const exit = { code: 0 };
  const program = buildProgram(terminal, (code) => {
    exit.code = code;
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return exit.code;
  } catch (error) {
    // Help and version end the parsing as well; commander has printed what there was to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    const problem = problemOfError(error);
    terminal.err(`${wantsJson(argv) ? JSON.stringify(problem, null, 2) : problemText(problem, terminal.coloured ?? terminal.animated)}\n`);
    return problem.exitCode;
  }
}

function wantsJson(argv: readonly string[]): boolean {
  return argv.some(
    (argument, index) =>
      argument === "-ojson" ||
      argument === "--output=json" ||
      ((argument === "-o" || argument === "--output") && argv[index + 1] === "json"),
  );
}
