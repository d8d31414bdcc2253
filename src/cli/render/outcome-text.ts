import type { ChangeView } from "../../http/contract/changes.ts";
import type { DeploymentView } from "../../http/contract/deployments.ts";

type Outcome = DeploymentView["outcome"];

/** By a rehearsal users get nothing new, and what failed in it took nothing back. */
const ofRehearsal: Readonly<Partial<Record<Outcome, string>>> = {
  "new-and-verified": "rehearsed",
  "old-and-intact": "rehearsal failed",
};

/** null: nothing ran. */
export function outcomeOfChange({ kind, outcome }: Pick<ChangeView, "kind" | "outcome">): string | null {
  if (outcome === null) return null;
  return (kind === "rehearsal" ? ofRehearsal[outcome] : undefined) ?? outcome;
}

export function outcomeOfDeployment(deployment: Pick<DeploymentView, "outcome" | "items">): string {
  return (isRehearsal(deployment) ? ofRehearsal[deployment.outcome] : undefined) ?? deployment.outcome;
}

/** Only a rehearsal's plan has a report of it. */
export function isRehearsal({ items }: Pick<DeploymentView, "items">): boolean {
  return items.some(({ id }) => id === "report-rehearsal");
}
