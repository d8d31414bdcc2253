import { parseLog, scriptsSeen } from "./log-grammar.ts";

/** What an update's log says about why it failed, in one sentence; null when it says nothing. */
export function failureCause(log: string): string | null {
  const parsed = parseLog(log);
  const worst = parsed.records.filter((record) => record.level === "CRITICAL" || record.level === "ERROR").at(-1);
  if (worst === undefined) return null;
  const raised = worst.more.filter((line) => line.trim() !== "").at(-1);
  // The last traceback tells which file of the release it passed through.
  const file = worst.more.flatMap(
    (line) => /File "(?:[^"]*\/)?([^"/]+\/(?:migrations|upgrades|models|data|views)\/[^"]+)", line (\d+)/.exec(line)?.slice(1) ?? [],
  );
  const where = file.length >= 2 ? `${file.at(-2)}, line ${file.at(-1)}` : null;
  const script = scriptsSeen(parsed).at(-1);
  const during = script === undefined ? null : `during ${script.stage}-script ${script.file} of ${script.module} ${script.version}`;
  const what = (raised ?? worst.message).trim().slice(0, 500);
  return [what, where === null ? during : `at ${where}`].filter((part) => part !== null).join(", ");
}
