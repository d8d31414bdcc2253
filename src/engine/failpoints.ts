/**
 * Named points where a test ends or breaks this process: before and after every commit of the engine and every side effect
 * of a step. Off unless `PLIMSOLL_FAILPOINTS=1`; then `PLIMSOLL_FAILPOINT=<name>[:kill|:throw]` names one.
 *
 * Names: `apply.<step>.before|after`, `undo.<step>.before|after`, `evaluate.<gate>.before|after`, and for commits
 * `record.<what>.before|after`, where `<what>` is `deployment-started`, `step-started.<step>`, `step-done.<step>`,
 * `step-failed.<step>`, `gate-started.<gate>`, `gate-passed.<gate>`, `gate-failed.<gate>`, `step-undoing.<step>`,
 * `step-undone.<step>`, `step-not-undone.<step>`, `going-back`, `restart-begun.<step>`, `restarted.<step>`, `parked`,
 * `reopened`, `settled`, `old-intact`, `needs-person`, `recovering`, `recovery-going-back`, `recovery-undone`, `recovered`,
 * `recovered-parked`, `recovery-settled`.
 */
export function failpointFromEnvironment(environment: Readonly<Record<string, string | undefined>>): (name: string) => void {
  const wanted = environment["PLIMSOLL_FAILPOINTS"] === "1" ? environment["PLIMSOLL_FAILPOINT"] : undefined;
  if (wanted === undefined) return () => undefined;
  const [point, action = "kill"] = wanted.split(":");
  let hit = false;
  return (name) => {
    if (name !== point || hit) return;
    hit = true;
    if (action === "throw") throw new Error(`failpoint ${name}`);
    // SIGKILL, not exit: no handler runs, no buffer is flushed, as when the machine is pulled from under us.
    process.kill(process.pid, "SIGKILL");
  };
}
