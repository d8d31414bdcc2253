import { expect, it } from "vitest";
import { found, moduleOf } from "../../../../test/conformance/found.ts";
import { hooks } from "./hooks.ts";

const withHook = (manifest: string, code = "def fill(env):\n    pass\n"): ReturnType<typeof moduleOf> => ({
  ...moduleOf("acme", manifest),
  "acme/__init__.py": code,
});

it("finds a hook that no update runs", () => {
  const now = withHook('"post_init_hook": "fill"');
  expect(found(hooks, { old: moduleOf("acme"), new: now })).toEqual([
    "hook-not-on-update acme: post_init_hook is new, and no update runs it.",
  ]);
  expect(found(hooks, { old: now, new: now })).toEqual([]);
  expect(found(hooks, { old: null, new: now })).toEqual([]);
});

it("finds a hook that isn't there, and one in a file that __init__ takes it from", () => {
  expect(found(hooks, { old: null, new: withHook('"post_init_hook": "fill"', "") })).toEqual([
    expect.stringMatching(/^hook-missing acme: post_init_hook names fill/),
  ]);
  const elsewhere = { ...withHook('"post_init_hook": "fill"', "from .hooks import fill\n"), "acme/hooks.py": "def fill(env):\n    pass\n" };
  expect(found(hooks, { old: null, new: elsewhere })).toEqual([]);
});

it("finds an uninstall hook that is never run, and code that changes Odoo itself", () => {
  const old = withHook('"uninstall_hook": "fill"');
  expect(found(hooks, { old, new: moduleOf("other") })).toEqual([expect.stringMatching(/^hook-never-runs acme: /)]);
  expect(found(hooks, { old: moduleOf("acme"), new: withHook('"post_load": "fill"') })).toEqual([
    expect.stringMatching(/^hook-post-load acme: /),
  ]);
});
