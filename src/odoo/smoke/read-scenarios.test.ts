import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readScenarioText, readSmokeScenarios } from "./read-scenarios.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plimsoll-smoke-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const ownText = `name: own-act
title: Do what only we do
modules: [base]
steps:
  - create: res.partner
    values: { name: Somebody, ref: $$5, date: $today }
    as: partner
  - expect: $partner
    field: name
    equals: Somebody
`;

describe("readSmokeScenarios", () => {
  it("ships scenarios that apply to every tenant, and more for those who have the modules", async () => {
    const shipped = await readSmokeScenarios([]);
    expect(shipped.filter((scenario) => scenario.modules.join() === "base").length).toBeGreaterThan(0);
    expect(new Set(shipped.flatMap((scenario) => scenario.modules))).toEqual(
      new Set(["account", "base", "hr_timesheet", "project", "sale"]),
    );
    expect(shipped.map((scenario) => scenario.name)).toEqual(shipped.map((scenario) => scenario.name).toSorted());
  });

  it("adds those of files and folders, several to a file", async () => {
    mkdirSync(join(folder, "more"));
    write("more/two.yml", `${ownText}---\n${ownText.replace("own-act", "second-act")}`);
    write("more/notes.txt", "not YAML: [");
    const one = write("one.yaml", ownText.replace("own-act", "first-act"));
    const names = (await readSmokeScenarios([join(folder, "more"), one])).map((scenario) => scenario.name);
    expect(names).toEqual(expect.arrayContaining(["first-act", "own-act", "partner", "second-act"]));
  });

  it("refuses two of one name, and one that has the name of a shipped one, naming the files", async () => {
    const first = write("a.yaml", ownText);
    const second = write("b.yaml", ownText.replace("own-act", "partner"));
    const third = write("c.yaml", ownText);
    const error = await readSmokeScenarios([first, second, third]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "INPUT_INVALID" });
    const because = (error as { text: { because: string[] } }).text.because.join("\n");
    expect(because).toMatch(new RegExp(`own-act is there 2 times: ${first}, ${third}`));
    expect(because).toMatch(/scenario partner is there 2 times: .*scenarios\/partner\.yaml/);
  });

  it("names file and line of everything that is wrong", async () => {
    const file = write("bad.yaml", ownText.replace("values:", "valuess:").replace("title: Do", "tilte: Do"));
    const error = (await readSmokeScenarios([file]).catch((thrown: unknown) => thrown)) as { code: string; text: { because: string[] } };
    expect(error.code).toBe("INPUT_INVALID");
    expect(error.text.because.every((problem) => problem.startsWith(`${file}, line `))).toBe(true);
    expect(error.text.because.join("\n")).toMatch(/line 5: `steps\.0` has the unknown key valuess; known here: create, values, as/);
    expect(error.text.because.join("\n")).toMatch(/`title` is missing; it must be of type string/);
  });

  it("says which path isn't there", async () => {
    await expect(readSmokeScenarios([join(folder, "nothing")])).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining(join(folder, "nothing")),
    });
  });
});

describe("readScenarioText", () => {
  it.each([
    ["an unknown step", "steps:\n  - delete: $x\n", /`steps\.0` must have exactly one of the keys create, search/],
    ["two steps in one", "steps:\n  - {create: res.partner, values: {}, search: res.partner}\n", /must have exactly one of the keys/],
    ["a private method", "steps:\n  - {create: res.partner, values: {}, as: p}\n  - {call: _unlink, on: $p}\n", /name of a public method/],
    ["a name that comes later", "steps:\n  - {write: $p, values: {}}\n  - {create: res.partner, values: {}, as: p}\n", /refers to \$p/],
    [
      "a name deep in values",
      "steps:\n  - {create: res.partner, values: {a: [[6, 0, [$q.id]]]}}\n",
      /line 5: `steps\.0\.values\.a\.0\.2\.0` refers to \$q/,
    ],
    ["a text for records", "steps:\n  - {expect: partner, field: name, equals: x}\n", /must name what an earlier step kept/],
    ["no step", "steps: []\n", /`steps` must be at least 1 long/],
    ["a limit that is none", "steps:\n  - {search: res.partner, domain: [], as: p, limit: 0}\n", /`steps\.0\.limit` must be at least 1/],
    ["broken YAML", "steps: [\n", /^line \d+: /],
  ])("refuses %s", (_what, steps, says) => {
    const { scenarios, problems } = readScenarioText(`name: a-name\ntitle: What it shows\nmodules: [base]\n${steps}`);
    expect(scenarios).toEqual([]);
    expect(problems.join("\n")).toMatch(says);
  });

  it("refuses a file without any", () => {
    expect(readScenarioText("# nothing\n").problems).toEqual(["line 1: the file holds no scenario"]);
    expect(readScenarioText("").problems.length).toBe(1);
  });
});
