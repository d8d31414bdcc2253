import { describe, expect, it } from "vitest";
import { z } from "zod";
import { sampleAnalysis } from "../../../test/app/sample-analysis.ts";
import { analysisSarif } from "./analysis-sarif.ts";

const text = z.strictObject({ text: z.string().min(1), markdown: z.string().optional() });
const level = z.enum(["none", "note", "warning", "error"]);
const properties = z.record(z.string(), z.unknown());

/** What SARIF 2.1.0's schema requires and allows of the objects that are written here (docs.oasis-open.org, sarif-schema-2.1.0.json). */
const sarif = z.strictObject({
  $schema: z.url(),
  version: z.literal("2.1.0"),
  runs: z.array(
    z.strictObject({
      tool: z.strictObject({
        driver: z.strictObject({
          name: z.string(),
          version: z.string(),
          informationUri: z.url(),
          rules: z.array(
            z.strictObject({
              id: z.string(),
              shortDescription: text,
              fullDescription: text,
              help: text,
              helpUri: z.url(),
              defaultConfiguration: z.strictObject({ level }),
            }),
          ),
        }),
      }),
      originalUriBaseIds: z.record(z.string(), z.strictObject({ uri: z.url().optional(), description: text })),
      columnKind: z.enum(["utf16CodeUnits", "unicodeCodePoints"]),
      invocations: z.array(z.strictObject({ executionSuccessful: z.boolean() })),
      results: z.array(
        z.strictObject({
          ruleId: z.string(),
          ruleIndex: z.int().min(-1).optional(),
          level,
          message: text,
          locations: z.array(
            z.strictObject({
              physicalLocation: z.strictObject({
                artifactLocation: z.strictObject({ uri: z.string().regex(/^[^\s<>"{}|\\^`#]+$/), uriBaseId: z.string() }),
                region: z.strictObject({ startLine: z.int().min(1) }).optional(),
              }),
              logicalLocations: z.array(z.strictObject({ name: z.string(), kind: z.string() })),
            }),
          ),
          partialFingerprints: z.record(z.string(), z.string()),
          properties,
        }),
      ),
      properties,
    }),
  ),
});

describe("SARIF", () => {
  const log = sarif.parse(analysisSarif(sampleAnalysis, "1.2.3"));
  const [run] = log.runs;

  it("has what the schema requires, and each result points to its rule", () => {
    expect(log.runs).toHaveLength(1);
    expect(run?.results.map((result) => run.tool.driver.rules[result.ruleIndex ?? -1]?.id)).toEqual(
      run?.results.map((result) => result.ruleId),
    );
    expect(run?.tool.driver.rules[0]?.helpUri).toBe("https://plimsoll.dev/reference/rules#dependency-missing");
  });

  it("gives places relative to the addons folder, encoded, with a line where there is one", () => {
    expect(run?.results.map((result) => result.locations[0]?.physicalLocation)).toEqual([
      { artifactLocation: { uri: "acme/__manifest__.py", uriBaseId: "ADDONS" } },
      { artifactLocation: { uri: "acme/models/thing.py", uriBaseId: "ADDONS" }, region: { startLine: 5 } },
      { artifactLocation: { uri: "acme/data.xml", uriBaseId: "ADDONS" }, region: { startLine: 9 } },
      { artifactLocation: { uri: "more/models/a%20b%23.py", uriBaseId: "ADDONS" }, region: { startLine: 7 } },
      { artifactLocation: { uri: "more/models/a%20b%23.py", uriBaseId: "ADDONS" }, region: { startLine: 9 } },
    ]);
  });

  it("gives places relative to where the command ran, if the folder was given so", () => {
    const uri = (folder: string): unknown =>
      sarif.parse(analysisSarif({ ...sampleAnalysis, folders: { acme: folder } }, "1")).runs[0]?.results[0]?.locations[0]?.physicalLocation
        .artifactLocation;
    expect(uri("./src/addons/acme")).toEqual({ uri: "src/addons/acme/__manifest__.py", uriBaseId: "%SRCROOT%" });
    expect(uri(".")).toEqual({ uri: "__manifest__.py", uriBaseId: "%SRCROOT%" });
    for (const other of ["/opt/addons/acme", "../addons/acme", "old.whl/acme"])
      expect(uri(other)).toEqual({ uri: "acme/__manifest__.py", uriBaseId: "ADDONS" });
  });

  it("has fingerprints that stay when lines move, and tell equal findings apart", () => {
    const prints = (moved: number): unknown[] => {
      const findings = sampleAnalysis.findings.map((finding) => ({
        ...finding,
        line: finding.line === null ? null : finding.line + moved,
      }));
      return (
        sarif
          .parse(analysisSarif({ ...sampleAnalysis, findings }, "1"))
          .runs[0]?.results.map((result) => result.partialFingerprints["plimsoll/v1"]) ?? []
      );
    };
    expect(prints(100)).toEqual(prints(0));
    expect(new Set(prints(0)).size).toBe(sampleAnalysis.findings.length);
  });

  it("is valid without findings", () => {
    expect(sarif.parse(analysisSarif({ ...sampleAnalysis, findings: [], rules: [] }, "1")).runs[0]?.results).toEqual([]);
  });
});
