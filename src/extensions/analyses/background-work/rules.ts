import type { AnalysisRule } from "../../../app/ports/analysis-kind.ts";

export const rules: readonly AnalysisRule[] = [
  {
    id: "job-starts",
    severity: "warning",
    title: "A scheduled action or automation rule starts acting",
    why: "It is active as soon as the update made it, and acts on the tenant's data without anybody having asked for it: a new scheduled action is due at once unless the file gives a nextcall.",
    example:
      '<record id="ir_cron_remind" model="ir.cron">\n  <field name="code">model._cron_remind()</field>\n  <field name="interval_type">hours</field>\n</record>',
    remedy: "Say so to whoever approves, or ship it with active = False and let the tenant switch it on.",
  },
  {
    id: "job-changed",
    severity: "warning",
    title: "A scheduled action, automation rule or server action changes",
    why: "What it does, when, as whom or on which records is different from what the tenant knows.",
    example: '<field name="interval_number">1</field>  <!-- was 24 -->',
    remedy: "Check that the new times and code suit the tenant's data and load.",
  },
  {
    id: "job-stops",
    severity: "note",
    title: "A scheduled action or automation rule stops acting",
    why: "What it did is no longer done, and nothing reports that.",
    example: '<field name="active" eval="False"/>',
    remedy: "Make sure that nobody relies on it.",
  },
  {
    id: "job-method-missing",
    severity: "error",
    title: "The code of an action calls a method that isn't there",
    why: "Scheduled actions are usually noupdate, so a renamed method leaves every existing one calling the old name. It fails at each run and is switched off after some days.",
    example: '<field name="code">model._cron_send()</field>  <!-- renamed to _cron_send_all in Python -->',
    remedy: "Keep the old method beside the new one, or correct existing records in a post-migration script.",
  },
  {
    id: "message-changed",
    severity: "note",
    title: "A message template changes",
    why: "Customers and colleagues receive another text, to other recipients or in another language.",
    example: '<field name="subject">Your order {{ object.name }}</field>',
    remedy: "Let somebody read the new text.",
  },
];
