import { describe, expect, it } from "vitest";
import type { MeasuredLoss } from "../../app/queries/measure-loss.ts";
import type { EnvironmentHold } from "../../domain/fleet/environment.ts";
import { digestOfText } from "../../../test/conformance/sample-facts.ts";
import { lossView } from "./loss-views.ts";

const held: EnvironmentHold = { since: "2026-01-15T02:00:00.000Z", deployment: "D-1", reason: "wrong prices", backgroundStopped: true };

function loss(when: MeasuredLoss["when"], repeats = 0): MeasuredLoss {
  const about = { change: "C-1", deployment: "D-1", environment: "acme", when, sentence: "", rows: null };
  if (when === "none") return { ...about, receipt: null, digest: null };
  return {
    ...about,
    digest: digestOfText("receipt"),
    receipt: {
      formatVersion: 1,
      environment: "acme",
      deployment: "D-1",
      database: "acme",
      since: held.since,
      until: held.since,
      lines: [],
      otherWrites: 0,
      attachments: { files: 0, bytes: 0 },
      mailsSent: repeats,
      repeats: Array.from({ length: repeats }, (_, id) => ({ kind: "mail", id, what: `mail ${id}` }) as const),
      sentence: "",
      export: null,
    },
  };
}

describe("what may happen next with what a way back loses", () => {
  it("before a recovery is the recovery itself, which agrees to exactly this receipt", () => {
    expect(lossView(loss("now"), null).next).toContain(`change recover C-1 --receipt ${digestOfText("receipt")}`);
  });

  it("after one is to lift its hold, and both choices are named when something would leave twice", () => {
    const { next } = lossView(loss("recorded", 2), held);
    expect(next).toMatch(/lift-hold acme .*--outbox cancel.* 2 things .*--outbox send/);
    expect(lossView(loss("recorded"), held).next).toBe('plimsoll environment lift-hold acme --reason "…"');
  });

  it("asks for no choice when background work runs already", () => {
    expect(lossView(loss("recorded", 2), { ...held, backgroundStopped: false }).next).not.toContain("--outbox");
  });

  it("is nothing once the hold was lifted, when another recovery holds, and when nothing is lost", () => {
    expect(lossView(loss("recorded", 2), null).next).toBeNull();
    expect(lossView(loss("recorded", 2), { ...held, deployment: "D-2" }).next).toBeNull();
    expect(lossView(loss("none"), null).next).toBeNull();
  });
});
