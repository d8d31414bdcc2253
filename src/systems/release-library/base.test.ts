import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ReleaseLibrary } from "../../app/ports/release-library.ts";
import { removeTree } from "./materialised-tree.ts";
import { openLibrary, refusal, writeTree } from "./test-kit.ts";

let scratch: string;
let library: ReleaseLibrary;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "plimsoll-base-"));
  library = openLibrary(scratch);
});

afterEach(async () => {
  await removeTree(scratch);
});

describe("the base", () => {
  function odoo(): Parameters<ReleaseLibrary["base"]>[0] {
    const root = writeTree(scratch, "odoo", {
      "bin/odoo": "#!/usr/bin/python3\n",
      "lib/odoo/__init__.py": "raise SystemExit('must not be imported')\n",
      "lib/odoo/release.py": "version_info = (19, 0, 0, FINAL, 0, '')\n",
      "lib/odoo/addons/base/__manifest__.py": "{'version': '1.3'}",
      "lib/odoo/addons/web/__manifest__.py": "{'depends': ['base'], 'auto_install': True}",
      "lib/odoo/addons/broken/__manifest__.py": "{",
      "more/extra/__manifest__.py": "{}",
      "more/web/__manifest__.py": "{'version': '9.9'}",
    });
    return {
      python: "python3",
      server: join(root, "bin/odoo"),
      pythonPath: join(root, "lib"),
      addonsPaths: [join(root, "lib/odoo/addons"), join(root, "more")],
      options: { limit_time_cpu: "60" },
    };
  }

  test("knows Odoo's version and modules as Odoo sees them: the first one wins, broken ones don't exist", async () => {
    const base = await library.base(odoo());
    expect(base).toMatchObject({ series: "19.0", odooVersion: "19.0", pythonVersion: expect.stringMatching(/^3\./) });
    expect(base.modules.map((module) => `${module.addonsIndex} ${module.name} ${module.version} ${module.depends.join()}`)).toEqual([
      "0 base 19.0.1.3 ",
      "1 extra 19.0.1.0 base",
      "0 web 19.0.1.0 base",
    ]);
  });

  test("its digest changes with a file, an option or the order of paths, and with nothing else", async () => {
    const declared = odoo();
    // A whole second, because setting times back loses nanoseconds.
    utimesSync(join(scratch, "odoo/lib/odoo/addons/web/__manifest__.py"), 1_000_000_000, 1_000_000_000);
    const { digest } = await library.base(declared);
    expect((await openLibrary(scratch).base(declared)).digest).toBe(digest);
    expect((await library.base({ ...declared, options: { limit_time_cpu: "61" } })).digest).not.toBe(digest);
    const web = join(scratch, "odoo/lib/odoo/addons/web/__manifest__.py");
    const { atime, mtime } = statSync(web);
    const text = readFileSync(web, "utf8");
    writeFileSync(web, text.replace("True", "None"));
    // Same size, same time: the change time tells.
    utimesSync(web, atime, mtime);
    const changed = await library.base(declared);
    expect(changed.digest).not.toBe(digest);
    writeFileSync(web, text);
    writeTree(scratch, "odoo", { "lib/odoo/addons/web/__pycache__/x.pyc": "x" });
    expect((await library.base(declared)).digest).toBe(digest);
    rmSync(join(scratch, "odoo/more/extra"), { recursive: true });
    expect((await library.base(declared)).digest).not.toBe(digest);
  });

  test("names the models that run code of their own when they are loaded, their heirs and what they inherit from", async () => {
    const declared = odoo();
    const model = (names: string, body = "pass"): string => `class X(models.Model):\n    ${names}\n    ${body}\n\n\n`;
    writeTree(scratch, "odoo", {
      "lib/odoo/addons/web/models.py": [
        model('_name = "a.view"\n    _inherit = ["a.mixin"]', "_auto = False"),
        model('_inherit = "a.init"', "def init(self):\n        pass"),
        model('_name = "a.plain"'),
      ].join(""),
      "lib/odoo/addons/web/heirs.py":
        model('_name = "a.heir"\n    _inherit = "a.view"') + model('_name = "a.other"\n    _inherit = "a.mixin"'),
      "lib/odoo/addons/web/tests/models.py": model('_name = "a.test"', "_auto = False"),
    });
    expect(await library.base(declared)).toMatchObject({ loadTimeModels: ["a.heir", "a.init", "a.view"], loadTimeMixins: ["a.mixin"] });
    // What was kept says the same.
    expect(await openLibrary(scratch).base(declared)).toMatchObject({
      loadTimeModels: ["a.heir", "a.init", "a.view"],
      loadTimeMixins: ["a.mixin"],
    });
  });

  test("says what is missing", async () => {
    const declared = odoo();
    await expect(library.base({ ...declared, server: "/nowhere/odoo" })).rejects.toThrow(refusal("INPUT_INVALID", "/nowhere/odoo"));
    await expect(library.base({ ...declared, python: "/nowhere/python" })).rejects.toThrow(refusal("INPUT_INVALID", "/nowhere/python"));
    await expect(library.base({ ...declared, addonsPaths: ["/nowhere/addons"] })).rejects.toThrow(
      refusal("INPUT_INVALID", "/nowhere/addons"),
    );
    await expect(library.base({ ...declared, pythonPath: join(scratch, "odoo/more") })).rejects.toThrow(
      refusal("INPUT_INVALID", "does not find the package odoo"),
    );
  });
});
