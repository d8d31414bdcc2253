interface Words {
  readonly one: string;
  readonly many: string;
  /** Comes with other records (a message, a follower): in the sentence it is counted among the other ones. */
  readonly minor?: true;
}

const words = (one: string, many: string = `${one}s`): Words => ({ one, many });
const minor = (one: string, many: string = `${one}s`): Words => ({ one, many, minor: true });

/** What people call the records of Odoo's usual models; `model:kind` where one table has several. */
const known: Readonly<Record<string, Words>> = {
  "account.move": words("journal entry", "journal entries"),
  "account.move:entry": words("journal entry", "journal entries"),
  "account.move:out_invoice": words("invoice"),
  "account.move:out_refund": words("credit note"),
  "account.move:out_receipt": words("sales receipt"),
  "account.move:in_invoice": words("vendor bill"),
  "account.move:in_refund": words("vendor credit note"),
  "account.move:in_receipt": words("purchase receipt"),
  "account.move.line": minor("journal item"),
  "account.payment": words("payment"),
  "account.bank.statement": words("bank statement"),
  "account.bank.statement.line": words("bank transaction"),
  "account.analytic.line": words("analytic line"),
  "account.analytic.line:timesheet": words("timesheet line"),
  "account.analytic.line:analytic": words("analytic line"),
  "account.analytic.account": words("analytic account"),
  "account.partial.reconcile": minor("reconciliation"),
  "account.full.reconcile": minor("full reconciliation"),
  "sale.order": words("sales order"),
  "sale.order.line": minor("sales order line"),
  "purchase.order": words("purchase order"),
  "purchase.order.line": minor("purchase order line"),
  "project.project": words("project"),
  "project.task": words("task"),
  "project.milestone": words("milestone"),
  "project.update": words("project update"),
  "crm.lead": words("lead"),
  "res.partner": words("contact"),
  "res.partner.bank": words("bank account"),
  "res.users": words("user"),
  "product.template": words("product"),
  "product.product": minor("product variant"),
  "product.pricelist": words("pricelist"),
  "hr.employee": words("employee"),
  "hr.expense": words("expense"),
  "hr.leave": words("leave"),
  "hr.leave.allocation": words("leave allocation"),
  "hr.attendance": words("attendance"),
  "hr.applicant": words("applicant"),
  "hr.contract": words("contract"),
  "hr.payslip": words("payslip"),
  "stock.picking": words("transfer"),
  "stock.move": minor("stock move"),
  "stock.move.line": minor("stock move line"),
  "stock.quant": minor("stock quantity", "stock quantities"),
  "stock.lot": words("lot or serial number", "lots or serial numbers"),
  "mrp.production": words("manufacturing order"),
  "mrp.workorder": words("work order"),
  "mrp.bom": words("bill of materials", "bills of materials"),
  "maintenance.request": words("maintenance request"),
  "repair.order": words("repair order"),
  "pos.order": words("point of sale order"),
  "pos.session": words("point of sale session"),
  "pos.payment": minor("point of sale payment"),
  "payment.transaction": words("payment transaction"),
  "calendar.event": words("calendar event"),
  "event.event": words("event"),
  "event.registration": words("event registration"),
  "helpdesk.ticket": words("ticket"),
  "mailing.mailing": words("mailing"),
  "mailing.contact": words("mailing contact"),
  "survey.user_input": words("survey answer"),
  "slide.channel.partner": words("course attendee"),
  "fleet.vehicle": words("vehicle"),
  "website.page": words("web page"),
  "knowledge.article": words("article"),
  "mail.message": minor("message"),
  "mail.mail": minor("outgoing mail"),
  "mail.activity": words("activity", "activities"),
  "mail.tracking.value": minor("tracked change"),
  "mail.followers": minor("follower"),
  "discuss.channel": words("conversation"),
  "discuss.channel.member": minor("conversation member"),
  "sms.sms": minor("text message"),
  "rating.rating": words("rating"),
};

/** What a person reads: the words for `count` records, and whether they count among the other ones in a sentence. */
export function businessWords(
  line: { readonly model: string | null; readonly table: string; readonly kind: string | null; readonly label: string | null },
  count: number,
): { readonly words: string; readonly minor: boolean } {
  const found = (line.kind === null ? undefined : known[`${line.model}:${line.kind}`]) ?? known[line.model ?? ""];
  if (found !== undefined) return { words: `${count} ${count === 1 ? found.one : found.many}`, minor: found.minor === true };
  // A module's own label is in one number only ("Note about a partner"), so the count stands beside it.
  const name = line.label === null || line.label.trim() === "" ? (line.model ?? line.table) : line.label.trim().toLowerCase();
  return { words: `${count} × ${name}`, minor: line.model === null };
}

const technicalPrefixes = [
  "ir.",
  "bus.",
  "base.",
  "base_import.",
  "report.",
  "web_editor.",
  "web_tour.",
  "iap.",
  "digest.",
  "auth_",
  "queue.job",
];
const technicalModels = new Set([
  "res.users.log",
  "res.users.settings",
  "res.users.settings.volumes",
  "res.users.apikeys",
  "res.users.deletion",
  "res.device",
  "res.device.log",
  "res.config",
  "res.config.settings",
  "mail.presence",
  "mail.guest",
  "mail.push",
  "mail.push.device",
  "mail.notification",
  "mail.message.translation",
  "mail.alias.domain",
  "discuss.channel.rtc.session",
  "discuss.gif.favorite",
  "fetchmail.server",
  "website.visitor",
  "website.track",
  "mail.ice.server",
  "onboarding.progress",
  "onboarding.progress.step",
  "publisher_warranty.contract",
  "phone.blacklist",
  "privacy.log",
  "sms.tracker",
]);

/**
 * Tables in which Odoo keeps its own state. Nobody would ask for their rows back, so they aren't counted one by one; their
 * writes are among the other writes. Attachments have a number of their own.
 */
export function isTechnical(model: string | null, table: string): boolean {
  const name = model ?? table.replaceAll("_", ".");
  return technicalModels.has(name) || technicalPrefixes.some((prefix) => name.startsWith(prefix));
}
