import { describe, expect, it } from "vitest";
import {
  codePlan,
  predictedPlan,
  recordPlan,
  rehearsalPlan,
  rehearsalSpec,
  sampleRehearsal,
  swapPlan,
} from "../../../test/conformance/sample-plans.ts";
import { planSentences } from "./plan-sentences.ts";

describe("a plan as it is read by those who approve it", () => {
  it("of a code-only release: nobody waits, nothing is updated, and what stays behind is named", () => {
    const text = planSentences(codePlan).join("\n");
    expect(text).toMatch(/^Class K1: code only\. /m);
    expect(text).toContain("nobody waits, and no request is lost");
    expect(text).toContain("the database stays at 19.0.1.0.0 until the next update");
    expect(text).toContain("Send users to the workers that were started beside");
    expect(text).not.toMatch(/clone|original|Updates|rehearsed/);
  });

  it("says what taking it back later runs, in order", () => {
    const sentences = planSentences(codePlan);
    const back = sentences.slice(sentences.indexOf("Taken back later, it runs:") + 1, -1);
    expect(back).toEqual((codePlan.recovery.items ?? []).map((item, index) => `${index + 1}. ${item.sentence}`));
    expect(back).toHaveLength(5);
  });

  it("of a release with an update says how long users wait; of none, that they notice nothing", () => {
    expect(planSentences(swapPlan).join("\n")).toMatch(/Users (wait about|see the maintenance page)/);
    expect(planSentences(recordPlan)).toContain("Users notice nothing.");
  });

  it("says what is predicted to go, what has to be agreed to for it, and what can't be told", () => {
    const text = planSentences(predictedPlan).join("\n");
    expect(text).toContain("Predicted to drop: columns project_task.acme_old; records acme_project.stage.");
    expect(text).toMatch(
      /create the change again with: --agree-drop-column project_task\.acme_old --agree-drop-record acme_project\.stage$/m,
    );
    expect(text).toContain("Can't be told before it runs: The migration script post-fill.py runs.");
    expect(text).toMatch(/about 42 s of the update/);
    expect(text).toContain("and that the data are as it needs them: No two records of Task may have the same Code.");
    const agreed = { tables: [], columns: ["project_task.acme_old"], records: ["acme_project.stage"], modules: [] };
    expect(planSentences({ ...predictedPlan, agreedRemovals: agreed }).join("\n")).not.toMatch(/Nobody agreed|--agree/);
    expect(planSentences(swapPlan).join("\n")).toContain("Nothing was predicted, so nothing is known of what goes.");
  });

  it("of a rehearsal says who waits: nobody for a copy by dump, everybody for one by template", () => {
    expect(planSentences(rehearsalPlan)).toContain("Users notice nothing.");
    const text = planSentences(sampleRehearsal({ ...rehearsalSpec, copy: "template" })).join("\n");
    expect(text).toMatch(/^Users wait about [1-9]\d* s .*a clone by template \(a guess from 8 MB\), and before it up to 5 s/m);
    expect(text).toMatch(/^Rehearse, on a copy, taking acme-production /m);
    expect(text).not.toMatch(/notice nothing|Nothing was rehearsed/);
  });
});
