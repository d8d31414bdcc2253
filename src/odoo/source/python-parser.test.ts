import { describe, expect, it } from "vitest";
import { checkPythonSyntax, parsePythonText } from "./python-parser.ts";

describe("Python", () => {
  it.each([
    "x = 100. if a else 1if b else 0x1F",
    "def f(a, /, b=1, *c, d, **e) -> int: return lambda *x, y=1: (yield)",
    "async def f():\n    async with a as b, c: pass\n    return [x async for x in await y if not z]",
    "with (open(a) as b, c as (d, e),): pass\nwith (a, b) as c: pass\nwith (a): pass",
    "match x, y:\n    case [1, *_] | {'a': b, **c} if d: pass\nmatch = match.x",
    "try: pass\nexcept* A as e: pass\nelse: pass\nfinally: pass",
    "f'{a!r:>{w}} {{}} {b[\"c\"]}' rf\"{d:%Y-%m}\" '''x\n'''",
    "class A[T: int](B, metaclass=C, **k): x: int; y: tuple = 1, 2",
    "a[1:2, ::3, ..., *b] = *c, d = {**e, 'f': 1}",
    "from . import (a, b as c,)\nfrom ...x import *\nimport d.e as f, g",
    "if a:\n\tb\nelse:\n\tc \\\n  + 1",
    "\uFEFF# -*- coding: utf-8 -*-\r\nx = 1\r\n",
    "é = x.ñ @ y",
  ])("is %j", (text) => {
    expect(checkPythonSyntax(text)).toBeNull();
  });

  it.each([
    ["x = = 1", 1],
    ["\ndef f():\nx = 1", 3],
    ["def f():\n    return a b\n", 2],
    ["print 'a'", 1],
    ["if a:\n        b\n    c", 3],
    ["if a:\n        b\n\tc", 3],
    ["x = (1,\ny = 2", 1],
    ["x = [1)", 1],
    ["x = 'abc\ny = 1", 1],
    ["x = '''abc\n", 1],
    ["f(a=1, b)", 1],
    ["f() = 1", 1],
    ["def f(a=1, b): pass", 1],
    ["x = 0777", 1],
    ["raise A, 'b'", 1],
    ["try: pass\nexcept A, e: pass", 2],
    ["a = b := c", 1],
    ["x = 1\n\0", 2],
    ["import a.", 1],
    ["else: pass", 1],
  ])("isn't %j", (text, line) => {
    expect(checkPythonSyntax(text)).toMatchObject({ line });
  });

  it.each([
    ["brackets", `x = ${"(".repeat(100_000)}`],
    ["signs", `x = ${"-".repeat(100_000)}1`],
    ["negations", `x = ${"not ".repeat(100_000)}1`],
    ["lambdas", `x = ${"lambda: ".repeat(100_000)}1`],
    ["format strings", `x = ${'f"{'.repeat(100_000)}`],
    ["blocks", Array.from({ length: 2000 }, (_, level) => `${" ".repeat(level)}if a:\n`).join("")],
    ["characters", "x = 1\n".repeat(1_000_000)],
  ])("has an end to its %s", (_what, text) => {
    expect(checkPythonSyntax(text)).not.toBeNull();
  });

  it("may be long without being deep", () => {
    expect(checkPythonSyntax(`x = ${"'a' + ".repeat(50_000)}'a'${".b".repeat(50_000)}`)).toBeNull();
  });

  it("isn't looked at in functions when only declarations are asked for", () => {
    expect(() => parsePythonText("def f():\n    return return\n")).not.toThrow();
    expect(() => parsePythonText("def f():\n    return (\n")).toThrow("never closed");
  });
});
