import { describe, expect, it } from "vitest";
import { defaultLimits } from "../../../domain/fleet/environment.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { sampleYaml } from "../../../../test/app/sample-world.ts";
import { readDocuments } from "./read-documents.ts";

function refusal(text: string): readonly string[] {
  try {
    readDocuments(text);
  } catch (error) {
    expect(error).toBeInstanceOf(PlimsollError);
    expect((error as PlimsollError).code).toBe("INPUT_INVALID");
    return (error as PlimsollError).text.because ?? [];
  }
  throw new Error("nothing was refused");
}

const edited = (from: string | RegExp, to: string): string => {
  const text = sampleYaml.replace(from, to);
  if (text === sampleYaml) throw new Error(`the sample has no ${String(from)}`);
  return text;
};
const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split("\n").length;

describe("a declaration", () => {
  it("is read with its defaults filled in, in milliseconds and bytes", () => {
    const { tenants, environments } = readDocuments(sampleYaml);
    expect(tenants).toEqual([{ name: "acme", title: "acme" }]);
    expect(environments).toHaveLength(1);
    expect(environments[0]).toMatchObject({
      name: "acme-production",
      labels: { region: "north" },
      database: { port: 5432, password: { fromEnv: "ACME" } },
      gateway: { listenHost: "127.0.0.1", listenPort: 8069, hostnames: [] },
      limits: { ...defaultLimits, holdMsMax: 90_000, holdHorizonMs: 172_800_000, heldBytesMax: 64 * 1024 * 1024 },
    });
  });

  it.each([
    [
      "a misspelt key, with the nearest",
      edited("  dataDirectory:", "  dataDirectroy:"),
      "dataDirectroy",
      "unknown key `spec.dataDirectroy`; did you mean `dataDirectory`?",
    ],
    [
      "a misspelt key deep inside",
      edited("      python: ", "      pyton: "),
      "pyton",
      "unknown key `spec.runtime.odoo.pyton`; did you mean `python`?",
    ],
    [
      "a key that resembles none, with those that are known",
      edited("  stage: production", "  stage: production\n  zzzzzz: 1"),
      "zzzzzz",
      "unknown key `spec.zzzzzz`; known here: tenant, stage",
    ],
    ["a plain password", edited("{ fromEnv: ACME }", "hunter2"), "password", "`spec.database.password` must be a reference"],
    ["a password as a number", edited("{ fromEnv: ACME }", "12345"), "password", "`spec.database.password` must be a reference"],
    [
      "a password reference of both kinds",
      edited("{ fromEnv: ACME }", "{ fromEnv: ACME, fromFile: /x }"),
      "password",
      "must have exactly one of the keys fromFile and fromEnv",
    ],
    ["a relative password file", edited("{ fromEnv: ACME }", "{ fromFile: secret }"), "password", "must be the absolute path"],
    ["a duration without unit", edited("hold: 90s", "hold: 90"), "limits", "`spec.limits.hold` must be a duration with its unit"],
    ["a duration that is too long", edited("hold: 90s", "hold: 3h"), "limits", "`spec.limits.hold` must be between 1s and 1h"],
    ["a size without unit", edited("heldBytes: 64MiB", "heldBytes: 64"), "limits", "`spec.limits.heldBytes` must be a size with its unit"],
    ["an address without port", edited("listen: 127.0.0.1:8069", "listen: 127.0.0.1"), "listen", "must be address:port"],
    ["a port beyond the last", edited("listen: 127.0.0.1:8069", "listen: 127.0.0.1:80690"), "listen", "must be address:port"],
    ["another stage", edited("stage: production", "stage: prod"), "stage: prod", "`spec.stage` must be development, staging or production"],
    [
      "a name that isn't portable",
      edited("name: acme-production", "name: Acme Production"),
      "name: Acme",
      "`metadata.name` must be 1 to 40 lower-case letters",
    ],
    ["a relative path", edited("/srv/odoo/acme", "srv/odoo"), "dataDirectory", "`spec.dataDirectory` must be an absolute path"],
    [
      "an option that Plimsoll sets itself",
      edited("      addonsPaths:", "      options: { db_password: x }\n      addonsPaths:"),
      "options",
      "db_password can't be set",
    ],
    ["a release that YAML takes for a number", edited('"2026-01"', "2026.10"), "release", "`spec.release` must be of type string"],
    [
      "another version of the format",
      edited("v1alpha1\nkind: Environment", "v2\nkind: Environment"),
      "v2",
      "`apiVersion` must be plimsoll.dev/v1alpha1",
    ],
    [
      "a kind that is misspelt",
      edited("kind: Environment", "kind: Enviroment"),
      "kind: Enviroment",
      "unknown kind `Enviroment`; did you mean `Environment`?",
    ],
    ["the same key twice", edited("  stage: production", "  stage: production\n  stage: staging"), "  stage: staging", "unique"],
    ["text that isn't YAML", edited("  stage: production", "  stage: [production"), "stage: [production", "line"],
  ])("is refused for %s, with its line", (_what, text, at, message) => {
    const because = refusal(text);
    const found = because.find((line) => line.includes(message));
    expect(found, because.join("\n")).toBeDefined();
    if (message !== "line") expect(found).toContain(`line ${lineOf(text, at)}:`);
  });

  it("says what is missing", () => {
    expect(refusal(edited(/ {2}stage: production\n/, ""))).toEqual([expect.stringMatching(/^line \d+: `spec.stage` is missing$/)]);
    expect(refusal(edited(/ {4}user: odoo\n/, ""))).toEqual([expect.stringMatching(/^line \d+: `spec.database.user` is missing$/)]);
    expect(refusal(edited(/ {4}password: .*\n/, ""))).toEqual([
      expect.stringMatching(/^line \d+: `spec.database.password` is missing; it must be a reference/),
    ]);
  });

  it("says everything at once", () => {
    const text = edited("  stage: production", "  stage: prod")
      .replace("dataDirectory", "dataDirectroy")
      .replace("hold: 90s", "hold: soon");
    expect(refusal(text).length).toBeGreaterThanOrEqual(3);
  });

  it("never repeats what stands where a password belongs", () => {
    expect(JSON.stringify(refusal(edited("{ fromEnv: ACME }", "hunter2")))).not.toContain("hunter2");
    expect(JSON.stringify(refusal(edited("{ fromEnv: ACME }", "{ value: hunter2 }")))).not.toContain("hunter2");
  });

  it("is refused when it declares a thing twice, or nothing", () => {
    expect(refusal(`${sampleYaml}---\n${sampleYaml}`)).toEqual([
      "Tenant acme is declared twice in this file",
      "Environment acme-production is declared twice in this file",
    ]);
    expect(refusal("")).toEqual(["the file is empty"]);
    expect(refusal("# nothing\n---\n")).toEqual(["the file is empty"]);
    expect(refusal("- a\n- b\n")[0]).toContain("a declaration is a mapping");
  });

  it("can't be blown up by aliases", () => {
    const bomb = [
      "a: &a [x,x,x,x,x,x,x,x,x]",
      ...["b", "c", "d", "e", "f", "g", "h"].map(
        (name, index) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${"abcdefg".charAt(index)}`).join(",")}]`,
      ),
    ].join("\n");
    expect(refusal(`${bomb}\nkind: Environment\n`)[0]).toMatch(/alias/i);
  });
});
