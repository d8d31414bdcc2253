import type { LossView } from "../../http/contract/losses.ts";
import { bytes } from "./quantities.ts";
import { fields, table } from "./table.ts";

const kinds = { mail: "mail", sms: "text message", cron: "scheduled action", job: "job" } as const;
const repeatsShownMax = 20;

/** The receipt as a person reads it before agreeing to it. */
export function lossText(loss: LossView): string {
  const { receipt, when } = loss;
  if (receipt === null) return `Going back from ${loss.change} loses nothing. ${loss.sentence}`;
  const parts = [
    fields([
      ["Change", `${loss.change} (${loss.deployment}) on ${loss.environment}`],
      ["Counted", `${receipt.since} to ${receipt.until}`],
      [when === "now" ? "Would lose" : "Lost", receipt.sentence],
    ]),
    ...(receipt.lines.length === 0 ? [] : [linesTable(loss)]),
    fields([
      [
        "Other writes",
        receipt.otherWrites === null ? "not known" : `${receipt.otherWrites} (an estimate: deletions, links, technical tables)`,
      ],
      ["Attachments", `${receipt.attachments.files}, ${bytes(receipt.attachments.bytes)}`],
      ["Mails sent", `${receipt.mailsSent}; what has left isn't taken back`],
      ["Export", receipt.export ?? "no rows to export"],
    ]),
    ...repeatsText(loss),
    ...(receipt.notes ?? []).map((note) => `Note: ${note}`),
    fields([
      ["Receipt", loss.digest],
      ["Next", loss.next],
    ]),
  ];
  return parts.join("\n\n");
}

function linesTable({ receipt }: LossView): string {
  return table(
    ["records", "created", "changed", "model", "such as"],
    (receipt?.lines ?? []).map(({ words, created, changed, model, examples }) => [
      words,
      String(created),
      String(changed),
      model,
      examples.join(", "),
    ]),
  );
}

function repeatsText({ receipt, when }: LossView): string[] {
  const repeats = receipt?.repeats ?? [];
  if (repeats.length === 0) return [];
  const lines = repeats.slice(0, repeatsShownMax).map(({ kind, what }) => `  ${kinds[kind]}: ${what}`);
  const more = repeats.length > repeatsShownMax ? [`  and ${repeats.length - repeatsShownMax} more`] : [];
  const head = `${repeats.length} would leave a second time, so background work ${when === "now" ? "would stay" : "is"} stopped until somebody settles it:`;
  return [[head, ...lines, ...more].join("\n")];
}
