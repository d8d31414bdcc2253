import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { AnalysisKind, AnalysisRule } from "../../src/app/ports/analysis-kind.ts";
import { analysisKinds } from "../../src/extensions/analyses/registry.ts";

export const rulesReferenceFile: string = fileURLToPath(new URL("../../docs/reference/rules.md", import.meta.url));

/** docs/reference/rules.md, from the rules of all analyses; each has its id as anchor. */
export function renderRulesReference(kinds: readonly AnalysisKind[] = analysisKinds): string {
  const sections = kinds.map((kind) => `## ${kind.id}\n\n${kind.summary}.\n\n${kind.rules.map(ruleText).join("\n")}`);
  return `# Rules

What \`plimsoll analyze\` looks for, and what to do about it. An **error** makes Odoo fail, or pass and leave something broken; a **warning**
is something that somebody should look at before the release runs; a **note** is worth knowing. A finding that rests on something that can't
be known without running the code says so.

Made by \`node tools/reference/rules-reference.ts\` from the rules themselves; a test compares the two.

| analysis | what it finds |
|---|---|
${kinds.map((kind) => `| [${kind.id}](#${kind.id}) | ${cell(kind.summary)} |`).join("\n")}

${sections.join("\n")}`;
}

function ruleText(rule: AnalysisRule): string {
  return `### ${rule.id}

${rule.severity} · ${rule.title}

**Why.** ${prose(rule.why)}

\`\`\`text
${rule.example.trim()}
\`\`\`

**What to do.** ${prose(rule.remedy)}
`;
}

function cell(text: string): string {
  return prose(text).replaceAll("|", "\\|");
}

/** Words with underscores, angles or stars are code to the reader, whatever Markdown would make of them. */
function prose(text: string): string {
  return text.replaceAll(/(^|[^`])(<[^>]*>)/g, "$1`$2`");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(rulesReferenceFile, renderRulesReference());
