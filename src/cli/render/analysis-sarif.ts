import type { ReleaseAnalysis, RuleExplained } from "../../domain/impact/analysis.ts";
import type { Finding } from "../../domain/impact/finding.ts";

/** One anchor per rule; docs/reference/rules.md is published there. */
export const rulesPage = "https://plimsoll.dev/reference/rules";
const schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/**
 * SARIF 2.1.0, for code scanning. Places are relative to where the command ran, which in CI is the repository; of a folder that was given by
 * an absolute path, a wheel, or a release of the store, relative to the addons folder.
 */
export function analysisSarif(analysis: ReleaseAnalysis, version: string): object {
  const indexes = new Map(analysis.rules.map((rule, index) => [rule.id, index]));
  return {
    $schema: schema,
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "Plimsoll", version, informationUri: "https://plimsoll.dev", rules: analysis.rules.map(ruleOf) } },
        originalUriBaseIds: {
          "%SRCROOT%": { description: { text: "Where the command ran" } },
          ADDONS: { description: { text: "The addons folder that was analysed" } },
        },
        columnKind: "utf16CodeUnits",
        invocations: [{ executionSuccessful: true }],
        results: withFingerprints(analysis.findings).map(([finding, fingerprint]) =>
          resultOf(finding, fingerprint, indexes, analysis.folders),
        ),
        properties: { plannedClass: analysis.plannedClass, floor: analysis.floor, environment: analysis.environment },
      },
    ],
  };
}

function ruleOf(rule: RuleExplained): object {
  return {
    id: rule.id,
    shortDescription: { text: rule.title },
    fullDescription: { text: rule.why },
    help: { text: `${rule.why}\n\n${rule.remedy}`, markdown: `${rule.why}\n\n**What to do.** ${rule.remedy}` },
    helpUri: `${rulesPage}#${rule.id}`,
    defaultConfiguration: { level: rule.severity },
  };
}

function resultOf(
  finding: Finding,
  fingerprint: string,
  indexes: ReadonlyMap<string, number>,
  folders: ReleaseAnalysis["folders"] = {},
): object {
  const index = indexes.get(finding.rule);
  const text = [finding.what, finding.meaning, ...finding.evidence.map((one) => `- ${one}`)].filter((line) => line !== null).join("\n");
  const folder = fromHere(folders[finding.module]);
  const uri = [...(folder ?? [finding.module]), ...(finding.file ?? "__manifest__.py").split("/")]
    .filter((part) => part !== "")
    .map(encodeURIComponent)
    .join("/");
  return {
    ruleId: finding.rule,
    ...(index === undefined ? {} : { ruleIndex: index }),
    level: finding.severity,
    message: { text },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri, uriBaseId: folder === null ? "ADDONS" : "%SRCROOT%" },
          ...(finding.line === null ? {} : { region: { startLine: Math.max(1, finding.line) } }),
        },
        logicalLocations: [{ name: finding.module, kind: "module" }],
      },
    ],
    partialFingerprints: { "plimsoll/v1": fingerprint },
    properties: { ...(finding.atLeast === undefined ? {} : { atLeast: finding.atLeast }), unsure: finding.unsure === true },
  };
}

/** The parts of a relative path that leads downwards through folders; null: it doesn't. */
function fromHere(path: string | undefined): readonly string[] | null {
  if (path === undefined || /^(?:[/\\]|\w:)/.test(path)) return null;
  const parts = path.split(/[/\\]/).filter((part) => part !== "." && part !== "");
  return parts.some((part) => part === ".." || /\.(?:whl|zip)$/.test(part)) ? null : parts;
}

/** Without lines, which move; equal ones are counted, so that each has its own. */
function withFingerprints(findings: readonly Finding[]): (readonly [Finding, string])[] {
  const seen = new Map<string, number>();
  return findings.map((finding) => {
    const text = [finding.rule, finding.module, finding.file ?? "", finding.what].join("\n");
    const count = (seen.get(text) ?? 0) + 1;
    seen.set(text, count);
    return [finding, `${hash(text)}:${count}`];
  });
}

/** FNV-1a with 64 bits: fingerprints tell findings apart and protect nothing. */
function hash(text: string): string {
  let value = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) value = BigInt.asUintN(64, (value ^ BigInt(byte)) * 0x100000001b3n);
  return value.toString(16).padStart(16, "0");
}
