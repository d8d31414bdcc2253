import { expect, test } from "vitest";
import { parsePythonLiteral, type PythonLiteral } from "./python-literal.ts";

/** Plain JavaScript for a literal, so that expectations read like the source. */
function plain(literal: PythonLiteral): unknown {
  switch (literal.type) {
    case "none":
      return null;
    case "ellipsis":
      return "...";
    case "complex":
      return { real: literal.real, imaginary: literal.imaginary };
    case "int":
      return Number(literal.value);
    case "bool":
    case "float":
    case "str":
      return literal.value;
    case "bytes":
      return { bytes: literal.value };
    case "dict":
      return Object.fromEntries(literal.entries.map(([key, value]) => [String(plain(key)), plain(value)]));
    case "list":
      return literal.items.map(plain);
    default:
      return { [literal.type]: literal.items.map(plain) };
  }
}

const read = (text: string): unknown => plain(parsePythonLiteral(text, "m/__manifest__.py"));

test.each<[string, unknown]>([
  ["{}", {}],
  ['# comment\n{"a": 1, # more\n "b": [1, 2,],}\n# end\n', { a: 1, b: [1, 2] }],
  ["{'a': 'x' \"y\"\n  '''z'''}", { a: "xyz" }],
  ['{"a": r"\\n", "b": u"é", "c": b"\\x41\\102", "d": bR"\\x"}', { a: "\\n", b: "é", c: { bytes: [65, 66] }, d: { bytes: [92, 120] } }],
  ['{"a": "\\u00e9\\U0001F600\\t\\q\\\ncontinued \\101"}', { a: "é😀\t\\qcontinued A" }],
  ["{'a': '''two\r\nlines'''}", { a: "two\nlines" }],
  ['{"a": ("only"), "b": ("one",), "c": ()}', { a: "only", b: { tuple: ["one"] }, c: { tuple: [] } }],
  ['{"a": {1, 2}, "b": set(), "c": ...}', { a: { set: [1, 2] }, b: { set: [] }, c: "..." }],
  ['{"a": -1, "b": +2.5, "c": 1_000, "d": 0x1f, "e": 1e3, "f": .5, "g": -(3)}', { a: -1, b: 2.5, c: 1000, d: 31, e: 1000, f: 0.5, g: -3 }],
  ['{"a": 1-2j}', { a: { real: 1, imaginary: -2 } }],
  ['{"a": None, "b": True, "c": False}', { a: null, b: true, c: false }],
  ["  {}", {}],
  ['\\\n{"a": 1}', { a: 1 }],
])("reads %j", (text, expected) => {
  expect(read(text)).toEqual(expected);
});

test.each([
  ['{"a": os.getcwd()}', 'm/__manifest__.py:1:7: the manifest can\'t be read: found the name "os"'],
  ['{"a": open("x")}', ':1:7: the manifest can\'t be read: found the call "open(…)"'],
  ['{\n  "a": "x" + "y",\n}', ":2:12:"],
  ['{"a": f"x"}', "f-string"],
  ['{"a": [1\n', ":2:1: the manifest can't be read: it ends in the middle of a value"],
  ['{"a": "x\n"}', ":1:7: the manifest can't be read: a string is not closed on its line"],
  ["{'a': '''x}", "a string is never closed"],
  ["{}\n{}", ':2:1: the manifest can\'t be read: found "{"'],
  ["\n  {}", "indented"],
  ["", "it is empty"],
  ["{[1]: 2}", "a list can't be a key"],
  ['{"a": 1\u00a0}', "the character U+00A0"],
  ['{"a": 1 if x else 2}', 'found "if"'],
  ['{"a": -True}', 'the sign "-"'],
  ['{"a": --1}', 'found "-"'],
  ['{"a": 1+(-2j)}', 'the operator "+"'],
  ['{"a": -(-1)}', 'the sign "-"'],
  ['{"a": 0777}', "leading zeros"],
  ['{"a": 12abc}', "malformed number"],
  ['{"a": "\\x4"}', 'the unfinished escape "\\x4"'],
  ['{"a": "\\N{BULLET}"}', "a character by name"],
  ['{"a": "x" b"y"}', "text and bytes"],
  ['{"a": 1, "b"}', "a key has no value"],
  ['{**{"a": 1}}', 'found "*"'],
  ['{"a": "\0"}', "null byte"],
])("refuses %j", (text, message) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ code: "RELEASE_MANIFEST_BROKEN", message: expect.stringContaining(message) }));
});

test("bombs end in an error, in time that grows no faster than the text", () => {
  const refused = (text: string, message: string): void => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: "RELEASE_MANIFEST_BROKEN", message: expect.stringContaining(message) }),
    );
  };
  refused("[".repeat(500_000), "nested deeper");
  refused(`{"a": ${"(".repeat(500_000)}`, "nested deeper");
  refused(`{"a": ${"-".repeat(500_000)}1}`, 'found "-"');
  refused("x".repeat(2_000_000), "more than 1048576");
  refused(`{"a": ${"9".repeat(500_000)}}`, "more than 4300 digits");
  refused(`[${'"a",\n'.repeat(170_000)}`, "it ends in the middle");
  expect(read(`[${"[],".repeat(300_000)}]`)).toHaveLength(300_000);
});
