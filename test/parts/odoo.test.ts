import { expect, test } from "vitest";
import type { Cluster } from "./cluster.ts";
import { odooConfigText, odooEnv } from "./odoo.ts";
import type { OdooPart } from "./parts.ts";

const odoo: OdooPart = {
  version: "19.0",
  packageVersion: "19.0.0-1",
  root: "/r",
  python: "/usr/bin/python3",
  pythonPath: "/r/lib",
  server: "/r/odoo",
  addonsPath: "/r/addons",
  pycachePrefix: "/c",
};
const cluster = { host: "127.0.0.1", port: 5555 } as Cluster;

test("our addons come before Odoo's, and settings override what we set", () => {
  const text = odooConfigText({
    file: "f",
    cluster,
    role: "odoo",
    password: "p",
    dataDir: "/d",
    database: "t",
    addons: ["/a", "/b"],
    odoo,
    settings: { workers: "2" },
  });
  expect(text).toContain("addons_path = /a,/b,/r/addons\n");
  expect(text).toContain("dbfilter = ^t$\n");
  expect(text).toContain("http_interface = 127.0.0.1\n");
  expect(text).toContain("workers = 2\n");
  expect(text).not.toContain("workers = 0");
});

test("compiled Python is looked for in the shared prefix", () => {
  const env = odooEnv(odoo, { PYTHONDONTWRITEBYTECODE: "1", MORE: "x" });
  expect(env).toMatchObject({ PYTHONPATH: "/r/lib", PYTHONPYCACHEPREFIX: "/c", MORE: "x" });
  expect(env).not.toHaveProperty("PYTHONDONTWRITEBYTECODE");
});
