import { describe, expect, it } from "vitest";
import type { PythonClass, PythonStatement } from "../../domain/release/source-model.ts";
import { readPythonFile } from "./python-file.ts";

function statements(text: string): readonly PythonStatement[] {
  return readPythonFile(text)?.statements ?? [];
}

function textsOf(text: string): string[] {
  return statements(text).map((one) => (one.kind === "class" ? one.whole.text : one.text));
}

function classOf(text: string): PythonClass {
  const [one] = statements(text);
  if (one?.kind !== "class") throw new Error("no class");
  return one;
}

describe("the text of Python", () => {
  it.each([
    ["comments and blank lines", "def f(a):\n    return a\n", "# one\n\ndef f(a):  # two\n\n    # three\n    return a"],
    ["line breaks in brackets", "x = f(1, 2)", "x = f(\n    1,\n    2,\n)"],
    ["joined lines", "x = 1 + 2", "x = 1 + \\\n    2"],
    ["indentation", "if a:\n  b()\n", "if a:\n        b()\n"],
    ["quotes", "x = 'a'", 'x = "a"'],
    ["line endings and a byte-order mark", "x = 1\ny = 2\n", "\uFEFFx = 1\r\ny = 2\r\n"],
  ])("is the same with other %s", (_what, a, b) => {
    expect(textsOf(b)).toEqual(textsOf(a));
  });

  it.each([
    ["a block that ends earlier", "if a:\n    b()\n    c()\n", "if a:\n    b()\nc()\n"],
    ["a statement that is joined with the next", "x = 1\n-y\n", "x = 1 -y\n"],
    ["the content of a string", 'x = "a # b"', 'x = "a # c"'],
    ["the words of a format string", 'x = f"a {b}"', 'x = f"c {b}"'],
    ["a format", 'x = f"{a:#x}"', 'x = f"{a:#o}"'],
    ["blanks in a string", 'x = "a  b"', 'x = "a b"'],
    ["a tuple of one", "x = (1)", "x = (1,)"],
    ["where positional arguments end", "def f(a, b): pass", "def f(a, /, b): pass"],
    ["a keyword-only argument", "def f(a, b): pass", "def f(a, *, b): pass"],
    ["what is returned", "def f() -> int: pass", "def f() -> str: pass"],
    ["an operator", "x = a is b", "x = a is not b"],
    ["brackets that bind otherwise", "x = a * (b + c)", "x = (a * b) + c"],
    ["a star", "for a, b in c: pass", "for a, *b in c: pass"],
    ["a number", "x = 1.", "x = 10"],
    ["async", "async def f(): pass", "def f(): pass"],
    ["a prefix", 'x = b"a"', 'x = "a"'],
  ])("differs by %s", (_what, a, b) => {
    expect(readPythonFile(a)).not.toBeNull();
    expect(textsOf(b)).not.toEqual(textsOf(a));
  });

  it.each(["def (:", "x = (1", "class A\n  pass", "return return"])("of %j can't be read", (text) => {
    expect(readPythonFile(text)).toBeNull();
  });

  it.each([
    "def f():\n    yield\n",
    "x = a / 100.\n",
    "for a, *b in c:\n    pass\n",
    "x = [a for a, *_ in b]",
    "match a:\n    case [1, *_]:\n        pass\n",
  ])("of %j can be read", (text) => {
    expect(readPythonFile(text)).not.toBeNull();
  });
});

describe("a file", () => {
  it("has imports with what they bind", () => {
    expect(statements("import os.path, sys as s\nfrom ..a.b import (C, D as E,)\nfrom . import x\nfrom y import *\n")).toMatchObject([
      { module: "os.path", binds: "os" },
      { module: "sys", binds: "s" },
      {
        module: "..a.b",
        imported: [
          { name: "C", as: "C" },
          { name: "D", as: "E" },
        ],
        star: false,
      },
      { module: ".", imported: [{ name: "x", as: "x" }] },
      { module: "y", imported: [], star: true },
    ]);
  });

  it("has assignments with targets, calls and keywords; a lambda's calls don't happen", () => {
    expect(
      statements('A, b = f(lambda: g()), 1\nx.y = 1\nc = d = F("a", store=True, default=lambda self: h())\nn = "a" "b"\nl = ["a", "b"]'),
    ).toMatchObject([
      { targets: ["A", "b"], calls: ["f"] },
      { targets: null },
      { targets: ["c", "d"], calls: ["F"], keywords: { store: "True" } },
      { literal: "ab" },
      { literal: ["a", "b"] },
    ]);
  });

  it("has no docstring and no pass, but a format string that runs something stays", () => {
    expect(statements('"""Doc."""\npass\n')).toEqual([]);
    expect(statements('f"{go()}"\n')).toHaveLength(1);
  });

  it("knows an import that is only tried from one that does more", () => {
    const tried = "try:\n    import x\nexcept ImportError:\n    x = None\n    _logger.info('no')\n";
    expect(statements(tried)).toMatchObject([{ kind: "other", guardedImport: true, imports: [{ module: "x" }] }]);
    expect(statements(tried.replace("x = None", "patch()"))).toMatchObject([{ guardedImport: false }]);
    expect(statements(tried.replace("x = None", "x = patch()"))).toMatchObject([{ guardedImport: false }]);
  });

  it("has classes with bases, keywords and members in order", () => {
    const one = classOf(
      '@deco(1)\nclass A(models.Model, metaclass=M):\n    """Doc."""\n    _name = "a"\n    x = fields.Char()\n\n    @api.depends("x")\n    def f(self): pass\n\n    if a:\n        y = 1\n',
    );
    expect(one).toMatchObject({ name: "A", line: 2, bases: ["models.Model"] });
    expect(one.header.names).toEqual(expect.arrayContaining(["deco", "models", "M"]));
    expect(one.members.map((member) => member.kind)).toEqual(["other", "assignment", "assignment", "function", "other"]);
    expect(one.members[3]).toMatchObject({ name: "f", decorators: [{ name: "api.depends" }] });
  });

  it.each([
    ["setattr(a, b, c)", "setattr"],
    ["exec(a)", "exec"],
    ["fields.Char()", "a field that is made while the program runs"],
    ["type('A', (B,), {})", "a class that is made while the program runs"],
    ["Partner.write = a", "an assignment to a member of a class"],
    ["self._fields['a'] = b", "an assignment to a member of a class"],
    ["self.env.registry.x = b", "an assignment to a member of a class"],
    ["global a", "a global name"],
    ["class A: pass", "a class inside a function"],
    ["self.__class__.x = 1", "__class__"],
    ["self._add_field('x', y)", "_add_field"],
  ])("finds in a function: %s", (line, oddity) => {
    const [found] = statements(`def f(self):\n    ${line}\n`);
    expect(found).toMatchObject({ oddities: expect.arrayContaining([oddity]) as unknown });
  });

  it.each(["self.x = 1", "fields.Date.today()", "safe_eval(a)", "re.compile('a')", "type(self)", "self.env['a'].create({})"])(
    "finds nothing odd in %s",
    (line) => {
      expect(statements(`def f(self):\n    ${line}\n`)).toMatchObject([{ oddities: [] }]);
    },
  );
});
