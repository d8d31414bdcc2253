import pico from "picocolors";
import type { Problem } from "../../http/contract/problem.ts";

const becauseMax = 60;

/** What happened, why, how to go on; and for a refusal who can lift it and when. */
export function problemText(problem: Problem, coloured: boolean): string {
  const { red, bold } = pico.createColors(coloured);
  // One cause alone is told by the message or the reason already.
  const because = problem.because.filter((line) => !problem.title.includes(line) && line !== problem.detail);
  const listed = because.length > 1 || (because.length === 1 && problem.detail === undefined);
  return [
    `${red(bold("Error:"))} ${problem.title} [${problem.code}]`,
    ...(problem.detail === undefined ? [] : [`  Why: ${indented(problem.detail)}`]),
    ...(listed ? because.slice(0, becauseMax).map((line) => `   - ${indented(line)}`) : []),
    ...(because.length > becauseMax ? [`   - and ${because.length - becauseMax} more`] : []),
    ...(problem.fix === null ? [] : [`  Fix: ${indented(problem.fix)}`]),
    ...problem.blockedBy.map((blocker) => `  Lifted by: ${blocker.liftedBy}`),
    ...(problem.nextAllowedAt === null ? [] : [`  Not before: ${problem.nextAllowedAt}`]),
  ].join("\n");
}

function indented(text: string): string {
  return text.replaceAll("\n", "\n       ");
}
