import { describe, expect, it } from "vitest";
import type { Outbox } from "../../domain/recovery/loss-receipt.ts";
import { outboxRepeats } from "./outbox.ts";

const before: Outbox = {
  formatVersion: 1,
  entries: [
    { kind: "mail", id: 1, what: "Invoice to a@b.example", lastRun: null },
    { kind: "mail", id: 2, what: "Reminder to c@d.example", lastRun: null },
    { kind: "sms", id: 1, what: "Your parcel to +43 1", lastRun: null },
    { kind: "job", id: 9, what: "push orders", lastRun: null },
    { kind: "cron", id: 4, what: "Send statements", lastRun: "2026-01-14T02:00:00.000000Z" },
    { kind: "cron", id: 5, what: "Never ran", lastRun: null },
  ],
  leftOut: 0,
};

const waiting = [
  { kind: "mail", id: 1, state: "outgoing" },
  { kind: "mail", id: 2, state: "outgoing" },
  { kind: "sms", id: 1, state: "outgoing" },
  { kind: "job", id: 9, state: "pending" },
  { kind: "cron", id: 4, state: "2026-01-14T02:00:00.000000Z" },
  { kind: "cron", id: 5, state: "" },
] as const;

function repeated(kind: string, id: number, state: string | null): boolean {
  const now = waiting.map((entry) => (entry.kind === kind && entry.id === id ? { ...entry, state } : entry));
  const repeats = outboxRepeats(before, now);
  expect(repeats.length).toBeLessThanOrEqual(1);
  return repeats.length === 1 && repeats[0]?.kind === kind && repeats[0].id === id;
}

describe("what would leave twice", () => {
  it("is nothing while everything still waits", () => {
    expect(outboxRepeats(before, waiting)).toEqual([]);
  });

  it.each([
    ["mail", 1, "sent", true],
    ["mail", 1, null, true],
    ["mail", 1, "exception", false],
    ["mail", 1, "cancel", false],
    ["sms", 1, "pending", true],
    ["sms", 1, "process", true],
    ["sms", 1, null, true],
    ["sms", 1, "error", false],
    ["job", 9, "done", true],
    ["job", 9, "started", true],
    ["job", 9, "failed", false],
    ["cron", 4, "2026-01-15T02:00:00.000000Z", true],
    ["cron", 4, null, false],
    ["cron", 5, "2026-01-15T02:00:00.000000Z", true],
  ])("%s %i that is now %s: %s", (kind, id, state, twice) => {
    expect(repeated(kind, id, state)).toBe(twice);
  });

  it("names it as it was listed", () => {
    expect(outboxRepeats(before, [])).toContainEqual({ kind: "mail", id: 1, what: "Invoice to a@b.example" });
  });
});
