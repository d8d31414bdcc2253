import { describe, expect, it } from "vitest";
import type { LossCount, LossFacts } from "../../domain/fleet/loss-facts.ts";
import { businessWords, isTechnical } from "./business-words.ts";
import { lossBasis } from "./loss-basis.ts";
import { exportedTables, grownBeyond, lossReceipt, receiptNotes, type LossSetting } from "./loss-receipt.ts";

const digest = `sha256:${"a".repeat(64)}` as const;

function count(model: string, created: number, changed = 0, more: Partial<LossCount> = {}): LossCount {
  return { model, table: model.replaceAll(".", "_"), label: null, kind: null, created, changed, examples: [], ...more };
}

function loss(counts: readonly LossCount[], more: Partial<LossFacts> = {}): LossFacts {
  return { until: null, counts, uncounted: [], counters: {}, attachments: { files: 0, bytes: 0 }, mailsSent: 0, ...more };
}

const setting: LossSetting = {
  environment: "acme-production",
  deployment: "D-1",
  database: "acme",
  since: "2026-01-15T02:00:00.000Z",
  until: "2026-01-15T02:10:00.000Z",
  countersBefore: {},
  repeats: [],
  export: digest,
  notes: [],
};

describe("a loss receipt", () => {
  it("says in business words what would be lost, people's own work by name and the rest as a number", () => {
    const receipt = lossReceipt(
      loss(
        [
          count("account.move", 3, 0, { kind: "out_invoice", examples: ["INV/2026/0001"] }),
          count("account.analytic.line", 40, 1, { kind: "timesheet" }),
          count("mail.message", 2),
        ],
        { counters: { account_move: 3, account_analytic_line: 41, mail_message: 2, bus_bus: 5 } },
      ),
      setting,
    );
    expect(receipt.sentence).toBe("41 timesheet lines, 3 invoices and 2 other records; 5 other writes");
    expect(receipt.lines.map((line) => line.words)).toEqual(["41 timesheet lines", "3 invoices", "2 messages"]);
    expect(receipt.lines[1]).toEqual({
      model: "account.move",
      table: "account_move",
      words: "3 invoices",
      created: 3,
      changed: 0,
      examples: ["INV/2026/0001"],
    });
    expect(receipt.otherWrites).toBe(5);
    expect(receipt.notes).toBeUndefined();
  });

  it("says plainly that nothing is lost", () => {
    expect(lossReceipt(loss([count("sale.order", 0)]), setting)).toMatchObject({
      sentence: "nothing",
      lines: [],
      otherWrites: 0,
    });
  });

  it("has words for one and for many, and those of a module where nobody knows better", () => {
    expect(lossReceipt(loss([count("sale.order", 1)]), setting).sentence).toBe("1 sales order");
    expect(lossReceipt(loss([count("pl.note", 2, 0, { label: "Note about a partner" })]), setting).sentence).toBe(
      "2 × note about a partner",
    );
    expect(businessWords({ model: "pl.note", table: "pl_note", kind: null, label: "Note about a partner" }, 2).words).toBe(
      "2 × note about a partner",
    );
    expect(businessWords({ model: null, table: "x_custom", kind: null, label: null }, 1).words).toBe("1 × x_custom");
    expect(businessWords({ model: "account.move", table: "account_move", kind: "odd_kind", label: null }, 2).words).toBe(
      "2 journal entries",
    );
  });

  it("counts what no date shows, by table, and never less than nothing", () => {
    const counted = loss([count("res.partner", 1, 1), count("sale.order", 4)], {
      counters: { res_partner: 110, sale_order: 3, res_partner_category_rel: 7 },
    });
    // Two of res.partner's ten writes show; those of sale.order are told late; seven are links.
    expect(lossReceipt(counted, { ...setting, countersBefore: { res_partner: 100 } }).otherWrites).toBe(8 + 0 + 7);
  });

  it("doesn't take what it can't know for nothing", () => {
    const unknown = lossReceipt(loss([count("sale.order", 1)]), { ...setting, countersBefore: null });
    expect(unknown).toMatchObject({ otherWrites: null, sentence: "1 sales order; other writes unknown" });
    expect(unknown.notes?.join()).toMatch(/weren't recorded/);
    const reset = lossReceipt(loss([], { counters: { sale_order: 2 } }), { ...setting, countersBefore: { sale_order: 50 } });
    expect(reset).toMatchObject({ otherWrites: null, sentence: "other writes unknown" });
    const late = lossReceipt(loss([], { uncounted: ["account_move_line"] }), setting);
    expect(late.sentence).toBe("not everything could be counted");
    expect(late.notes?.join()).toContain("account_move_line");
  });

  it("names attachments, and notes what the export and the outbox leave out", () => {
    expect(lossReceipt(loss([], { attachments: { files: 2, bytes: 10 } }), setting).sentence).toBe("2 attachments");
    expect(receiptNotes({ "mail.message": 7 }, { formatVersion: 1, entries: [], leftOut: 3 })).toEqual([
      "The export leaves out 7 rows, of mail.message (7): it has a bound.",
      "3 more mails, messages or jobs waited to be sent and weren't listed.",
    ]);
    expect(receiptNotes({}, { formatVersion: 1, entries: [], leftOut: 0 })).toEqual([]);
    expect(receiptNotes({}, null).join()).toMatch(/can't be told/);
  });

  it("exports people's own work first, every table once, attachments last", () => {
    const counted = loss(
      [
        count("mail.message", 9),
        count("account.move", 1, 0, { kind: "out_invoice" }),
        count("account.move", 2, 0, { kind: "entry" }),
        count("sale.order", 0),
      ],
      { attachments: { files: 4, bytes: 1 } },
    );
    expect(exportedTables(counted)).toEqual([
      { model: "account.move", table: "account_move", rows: 3 },
      { model: "mail.message", table: "mail_message", rows: 9 },
      { model: "ir.attachment", table: "ir_attachment", rows: 4 },
    ]);
  });
});

describe("how far a loss may grow after it was agreed to", () => {
  const lost = (rows: number): ReturnType<typeof lossReceipt> => lossReceipt(loss([count("sale.order", rows)]), setting);

  it.each([
    [0, 10, false],
    [0, 11, true],
    [40, 50, false],
    [40, 51, true],
    [100, 120, false],
    [100, 121, true],
    [100, 5, false],
  ])("from %i records to %i: refused %s", (agreed, now, refused) => {
    expect(grownBeyond(lost(agreed), lost(now)) !== null).toBe(refused);
  });
});

describe("technical tables", () => {
  it("are those in which Odoo keeps its own state, not people's", () => {
    for (const model of ["ir.attachment", "ir.cron", "bus.bus", "res.users.log", "mail.presence", "res.device.log", "digest.digest"])
      expect(isTechnical(model, ""), model).toBe(true);
    for (const model of ["account.move", "mail.message", "pl.note", "res.partner", "irregular.model", "business.unit"])
      expect(isTechnical(model, ""), model).toBe(false);
    expect(isTechnical(null, "ir_logging_extra")).toBe(true);
  });
});

describe("the moment from which writes are lost", () => {
  it("is the swap's, by the database's own clock", () => {
    const outputs = {
      reopen: { reopenedAt: "2026-01-15T02:00:09.000Z" },
      swap: { swappedAt: "2026-01-15T02:00:00.500Z", counters: { res_partner: 3 } },
      checkpoint: { outbox: digest },
    };
    expect(lossBasis((step) => outputs[step])).toEqual({
      reopenedAt: "2026-01-15T02:00:09.000Z",
      since: "2026-01-15T02:00:00.500Z",
      counters: { res_partner: 3 },
      outbox: digest,
    });
  });

  it("is a little before reopening where the swap didn't record it, and unknown when users were never let in", () => {
    const older = { reopen: { reopenedAt: "2026-01-15T02:00:09.000Z" }, swap: { linked: 0 }, checkpoint: { linked: 0 } };
    expect(lossBasis((step) => older[step])).toEqual({
      reopenedAt: "2026-01-15T02:00:09.000Z",
      since: "2026-01-15T02:00:04.000Z",
      counters: null,
      outbox: null,
    });
    expect(lossBasis(() => undefined)).toEqual({ reopenedAt: null, since: null, counters: null, outbox: null });
  });
});
