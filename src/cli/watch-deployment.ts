import { PlimsollError } from "../domain/shared/errors.ts";
import { showDeployment, type DeploymentItem, type DeploymentView } from "../http/contract/deployments.ts";
import type { CommandContext } from "./action.ts";
import { duration } from "./render/quantities.ts";

const lookMs = 400;
/** A control plane that was killed is started again within this, or a person has to look. */
const silenceMsMax = 120_000;

/**
 * Looks at a deployment until it has ended or the time is over; it survives a server that restarts meanwhile. Looking at the
 * state, not following events, means that nothing can be missed.
 */
export async function watchDeployment(context: CommandContext, id: string, timeoutMs: number | null): Promise<DeploymentView> {
  const { terminal, progress } = context;
  const startedMs = terminal.nowMs();
  const told = new Map<number, string>();
  let silentSinceMs: number | null = null;
  let last: DeploymentView | null = null;
  for (;;) {
    try {
      last = await context.client.call(showDeployment, { params: { deployment: id } });
      silentSinceMs = null;
      for (const line of news(last, told)) progress.keep(line);
      progress.say(currentLine(last), topicOf(last));
      if (isOver(last)) return last;
    } catch (error) {
      if (!(error instanceof PlimsollError) || error.code !== "SERVER_UNREACHABLE" || last === null) throw error;
      silentSinceMs ??= terminal.nowMs();
      if (terminal.nowMs() - silentSinceMs > silenceMsMax) throw error;
      progress.say(`${id}: the server doesn't answer; users are served by Odoo and the gateway meanwhile`);
    }
    if (timeoutMs !== null && terminal.nowMs() - startedMs >= timeoutMs && last !== null) return last;
    await terminal.sleep(lookMs);
  }
}

/** 0 new and verified, 7 old and intact, 8 recovered, 1 needs a person, 6 still at work. */
export function exitCodeOf(deployment: DeploymentView): number {
  if (!isOver(deployment) && deployment.outcome === "new-and-verified") return 6;
  return { "new-and-verified": 0, "old-and-intact": 7, "needs-person": 1, running: 6, recovered: 8 }[deployment.outcome];
}

/**
 * Nothing more will happen soon. While it is parked only the last item of its part waits, for the end of the hold horizon; what
 * comes between reopening and that (scheduled actions) still belongs to the change. A recovery that was asked for begins soon.
 */
export function isOver(deployment: DeploymentView): boolean {
  if (deployment.outcome === "running") return false;
  if (deployment.state !== "settling" && deployment.state !== "recovered") return true;
  if (deployment.state === "settling" && deployment.recoveryWish !== null) return false;
  const part = partItems(deployment, deployment.state === "settling" ? "plan" : "recovery");
  return part.slice(0, -1).every((item) => item.position < deployment.position || item.state === "done");
}

/** A line for each item that began or ended since the last look. */
function news(deployment: DeploymentView, told: Map<number, string>): string[] {
  // What is taken back is taken back last first.
  const goingBack = (item: DeploymentItem): boolean => item.state === "undoing" || item.state === "undone";
  const inOrder = [...deployment.items.filter((item) => !goingBack(item)), ...deployment.items.filter(goingBack).toReversed()];
  return inOrder.flatMap((item) => {
    const key = `${item.state} ${item.attempts}`;
    if (item.state === "waiting" || told.get(item.position) === key) return [];
    told.set(item.position, key);
    return [itemLine(deployment, item)];
  });
}

function itemLine(deployment: DeploymentView, item: DeploymentItem): string {
  const part = partItems(deployment, item.part);
  const number = `${String(item.position - (part[0]?.position ?? 0) + 1).padStart(2)}/${part.length}`;
  const place = item.part === "plan" ? `[${number}]` : `[back ${number}]`;
  const took = item.elapsedMs === null ? "" : ` (${duration(item.elapsedMs)})`;
  const attempt = item.attempts > 1 ? `, attempt ${item.attempts}` : "";
  switch (item.state) {
    case "done":
      return `${place} done     ${item.id}${took}${item.verdict === null ? "" : `: ${item.verdict.kind}, ${item.verdict.reason}`}`;
    case "failed":
      return `${place} failed   ${item.id}${took}: ${failure(item)}`;
    case "undoing":
      return `${place} undoing  ${item.id}`;
    case "undone":
      return `${place} undone   ${item.id}`;
    default:
      return `${place} begun    ${item.id}${attempt}${item.expectedMs === null ? "" : `, usually ${duration(item.expectedMs)}`}: ${item.sentence}`;
  }
}

function partItems({ items }: DeploymentView, part: DeploymentItem["part"]): DeploymentItem[] {
  return items.filter((item) => item.part === part);
}

function failure(item: DeploymentItem): string {
  if (item.verdict !== null) return `${item.verdict.kind}: ${item.verdict.reason}`;
  return item.error === null ? "no reason given" : `${item.error.message} [${item.error.code}]`;
}

function topicOf(deployment: DeploymentView): string {
  const item = deployment.items.find((each) => each.state === "started" || each.state === "undoing");
  return item === undefined ? deployment.state : `${item.id} ${item.state} ${item.progressMessage ?? ""}`;
}

/** The one line that is drawn over and over: which item, how far, how long it usually takes. */
function currentLine(deployment: DeploymentView): string {
  const item = deployment.items.find((each) => each.state === "started" || each.state === "undoing");
  const hold =
    deployment.holdMs !== null && deployment.holdEndedAt === null
      ? `; users wait since ${duration(deployment.holdMs)} of about ${duration(deployment.predictedHoldMs)}`
      : "";
  if (item === undefined) return `${deployment.id} ${deployment.state}${hold}`;
  const share = item.progress === null ? "" : ` ${Math.round(item.progress * 100)} %`;
  const of = item.expectedMs === null ? "" : ` of about ${duration(item.expectedMs)}`;
  const message = item.progressMessage === null ? "" : `, ${item.progressMessage}`;
  return `${deployment.id} ${item.state === "undoing" ? "undoing " : ""}${item.id}${share}${message}${of}${hold}`;
}
