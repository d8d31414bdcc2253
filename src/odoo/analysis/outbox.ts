import type { Outbox, OutboxEntry, OutboxRepeat } from "../../domain/recovery/loss-receipt.ts";

/** States in which a thing has left, or was handed on to leave. A mail that failed or was cancelled hasn't. */
const left: Readonly<Record<Exclude<OutboxEntry["kind"], "cron">, readonly string[]>> = {
  mail: ["sent", "received"],
  sms: ["process", "pending", "sent"],
  job: ["started", "done"],
};

/**
 * What would leave twice if the old database were served again: it waited there when that was closed, and the new one has sent
 * it since. A record that is gone counts as sent: Odoo deletes mails and messages when they have left.
 */
export function outboxRepeats(
  before: Outbox,
  now: readonly { readonly kind: OutboxEntry["kind"]; readonly id: number; readonly state: string | null }[],
): OutboxRepeat[] {
  const states = new Map(now.map((entry) => [`${entry.kind} ${entry.id}`, entry.state]));
  return before.entries
    .filter((entry) => {
      const state = states.get(`${entry.kind} ${entry.id}`) ?? null;
      if (entry.kind === "cron") return state !== null && state !== (entry.lastRun ?? "");
      return state === null || left[entry.kind].includes(state);
    })
    .map(({ kind, id, what }) => ({ kind, id, what }));
}
