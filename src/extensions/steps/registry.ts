import { anyStep } from "../../app/ports/any-step.ts";
import type { StepKind } from "../../app/ports/step.ts";
import { checkpoint } from "./checkpoint/checkpoint.ts";
import { claim } from "./claim/claim.ts";
import { drain } from "./drain/drain.ts";
import { examine } from "./examine/examine.ts";
import { fence } from "./fence/fence.ts";
import { holdTraffic } from "./hold-traffic/hold-traffic.ts";
import { linkFilestore } from "./link-filestore/link-filestore.ts";
import { probeBaseline } from "./probe-baseline/probe-baseline.ts";
import { record } from "./record/record.ts";
import { reopen } from "./reopen/reopen.ts";
import { resumeBackground } from "./resume-background/resume-background.ts";
import { settle } from "./settle/settle.ts";
import { stopBackground } from "./stop-background/stop-background.ts";
import { swap } from "./swap/swap.ts";
import { update } from "./update/update.ts";

/** Every step that a plan can name. */
export const steps: readonly StepKind[] = [
  anyStep(claim),
  anyStep(probeBaseline),
  anyStep(linkFilestore),
  anyStep(stopBackground),
  anyStep(holdTraffic),
  anyStep(drain),
  anyStep(fence),
  anyStep(checkpoint),
  anyStep(update),
  anyStep(examine),
  anyStep(swap),
  anyStep(reopen),
  anyStep(resumeBackground),
  anyStep(settle),
  anyStep(record),
];
