import { anyStep } from "../../app/ports/any-step.ts";
import type { StepKind } from "../../app/ports/step.ts";
import { checkpoint } from "./checkpoint/checkpoint.ts";
import { claim } from "./claim/claim.ts";
import { copyLive } from "./copy-live/copy-live.ts";
import { discardCopy } from "./discard-copy/discard-copy.ts";
import { drain } from "./drain/drain.ts";
import { examine } from "./examine/examine.ts";
import { fence } from "./fence/fence.ts";
import { handOverBackground } from "./hand-over-background/hand-over-background.ts";
import { holdTraffic } from "./hold-traffic/hold-traffic.ts";
import { linkFilestore } from "./link-filestore/link-filestore.ts";
import { lossReceipt } from "./loss-receipt/loss-receipt.ts";
import { probeBaseline } from "./probe-baseline/probe-baseline.ts";
import { probeNew } from "./probe-new/probe-new.ts";
import { record } from "./record/record.ts";
import { reportRehearsal } from "./report-rehearsal/report-rehearsal.ts";
import { reopen } from "./reopen/reopen.ts";
import { restartBackground } from "./restart-background/restart-background.ts";
import { resumeBackground } from "./resume-background/resume-background.ts";
import { retireWorkers } from "./retire-workers/retire-workers.ts";
import { settle } from "./settle/settle.ts";
import { startBeside } from "./start-beside/start-beside.ts";
import { stopBackground } from "./stop-background/stop-background.ts";
import { switchTraffic } from "./switch-traffic/switch-traffic.ts";
import { swapBack } from "./swap-back/swap-back.ts";
import { swap } from "./swap/swap.ts";
import { tryWorkers } from "./try-workers/try-workers.ts";
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
  anyStep(lossReceipt),
  anyStep(swapBack),
  anyStep(restartBackground),
  anyStep(startBeside),
  anyStep(probeNew),
  anyStep(switchTraffic),
  anyStep(handOverBackground),
  anyStep(retireWorkers),
  anyStep(settle),
  anyStep(copyLive),
  anyStep(tryWorkers),
  anyStep(reportRehearsal),
  anyStep(discardCopy),
  anyStep(record),
];
