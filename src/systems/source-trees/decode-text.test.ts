import { expect, it } from "vitest";
import { decodeText } from "./decode-text.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

it.each([
  ["# -*- coding: latin-1 -*-\nx = '\xe9'\n", "é"],
  ["#!/usr/bin/python\n# vim: set fileencoding=iso-8859-1 :\nx = '\xe9'\n", "é"],
  ["# coding: cp1252\nx = '\x80'\n", "€"],
  ["# coding: iso8859-15\nx = '\xa4'\n", "€"],
])("Python in the encoding that it says it is in: %j", (text, expected) => {
  expect(decodeText("a.py", bytes(text))).toContain(`'${expected}'`);
});

it.each([
  ["a.py", "x = '\xe9'\n"],
  ["a.py", "x = 1\n# coding: latin-1\ny = '\xe9'\n"],
  ["a.py", "# coding: utf-8\nx = '\xe9'\n"],
  ["a.py", "# coding: klingon\nx = '\xe9'\n"],
  ["a.xml", "# coding: latin-1\n\xe9"],
])("null where nobody can tell: %s %j", (path, text) => {
  expect(decodeText(path, bytes(text))).toBeNull();
});

it("keeps a byte-order mark", () => {
  expect(decodeText("a.py", Buffer.from("\ufeffx"))).toBe("\ufeffx");
});
