import { Command } from "commander";
import type { Building } from "./action.ts";
import { addAnalyze } from "./commands/analyze.ts";
import { addChangeAbort } from "./commands/change/abort.ts";
import { addChangeApprove } from "./commands/change/approve.ts";
import { addChangeCreate } from "./commands/change/create.ts";
import { addChangeList } from "./commands/change/list.ts";
import { addChangePlan } from "./commands/change/plan.ts";
import { addChangeReceipt } from "./commands/change/receipt.ts";
import { addChangeRecover } from "./commands/change/recover.ts";
import { addRehearse } from "./commands/change/rehearse.ts";
import { addChangeResume } from "./commands/change/resume.ts";
import { addChangeRun, addChangeWatch } from "./commands/change/run.ts";
import { addChangeShow } from "./commands/change/show.ts";
import { addDeploymentList, addDeploymentShow } from "./commands/deployment/show.ts";
import { addApply } from "./commands/environment/apply.ts";
import { addEnvironmentLiftHold } from "./commands/environment/lift-hold.ts";
import { addEnvironmentList } from "./commands/environment/list.ts";
import { addEnvironmentShow } from "./commands/environment/show.ts";
import { addDoctor } from "./commands/host/doctor.ts";
import { addEvents } from "./commands/host/events.ts";
import { addDown, addUp, addWorker } from "./commands/host/up.ts";
import { addPlanShow } from "./commands/plan/show.ts";
import { addReleaseCreate } from "./commands/release/create.ts";
import { addReleaseDiff } from "./commands/release/diff.ts";
import { addReleaseList } from "./commands/release/list.ts";
import { addReleaseShow } from "./commands/release/show.ts";
import type { Terminal } from "./terminal.ts";

const overview = `
Before anything else, on any two addons folders:
  plimsoll analyze ./addons-old ./addons-new               # what would the step do; nothing is run

From nothing to a changed environment:
  plimsoll up                                              # in a shell of its own
  plimsoll release create 2026.10 --addons ./addons
  plimsoll apply -f environment.yaml
  plimsoll release create 2026.11 --addons ./addons
  plimsoll change create --environment acme --release 2026.11
  plimsoll rehearse C-1                                    # on a copy: what will it do, how long will users wait
  plimsoll change plan C-1
  plimsoll change approve C-1 --digest sha256:…
  plimsoll change run C-1 --watch

And back, when it turns out bad after users were let in:
  plimsoll change receipt C-1                              # what going back would lose
  plimsoll change recover C-1 --receipt sha256:… --reason 'orders are priced wrong' --watch
  plimsoll environment lift-hold acme --reason 'the price rule is fixed in 2026.12'

Exit codes: 0 ok, 1 error, 2 differences, 3 blocked, 4 not authorised, 5 rejected, 6 timeout, 7 gone back,
8 recovered.
Files: PLIMSOLL_HOME. Another server: --server or PLIMSOLL_SERVER with PLIMSOLL_TOKEN.`;

/** Every command, built for one terminal. */
export function buildProgram(terminal: Terminal, setExit: (code: number) => void): Command {
  const building: Building = { terminal, setExit };
  const program = new Command("plimsoll")
    .description("Release and change control plane for fleets of Odoo: old and intact, or new and verified; never between.")
    .version(terminal.version, "-V, --version", "print the version")
    .showSuggestionAfterError(true)
    .showHelpAfterError("(add --help for how it is used)")
    .addHelpText("after", overview)
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.err(text) });
  const noun = (name: string, description: string): Command => program.command(name).description(description);

  addUp(program, building);
  addWorker(program, building);
  addDown(program, building);
  addDoctor(program, building);
  addApply(program, building);
  addAnalyze(program, building);
  const release = noun("release", "Immutable sets of addons, known by their content");
  for (const add of [addReleaseCreate, addReleaseList, addReleaseShow, addReleaseDiff]) add(release, building);
  const environment = noun("environment", "Odoo databases with what runs them");
  for (const add of [addEnvironmentList, addEnvironmentShow, addEnvironmentLiftHold]) add(environment, building);
  const change = noun("change", "Requests that an environment be altered");
  for (const add of [
    addChangeCreate,
    addChangeList,
    addChangeShow,
    addChangePlan,
    addChangeApprove,
    addChangeRun,
    addChangeWatch,
    addChangeAbort,
    addChangeResume,
    addChangeRecover,
    addChangeReceipt,
  ])
    add(change, building);
  addRehearse(program, building);
  addPlanShow(noun("plan", "What exactly would run"), building);
  const deployment = noun("deployment", "How a change runs on its environment");
  for (const add of [addDeploymentList, addDeploymentShow]) add(deployment, building);
  addEvents(program, building);
  inheritAll(program);
  return program;
}

/** Errors of parsing are thrown, by every command, to whoever runs the command line. */
function inheritAll(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    inheritAll(child);
  }
}
