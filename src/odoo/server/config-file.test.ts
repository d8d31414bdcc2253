import { describe, expect, it } from "vitest";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { serveArgv, updateArgv } from "./argv.ts";
import { ownedOptions, refusedOptions, renderConfigFile } from "./config-file.ts";
import type { ServerConfig } from "./config-file.ts";
import { processEnvironment } from "./environment.ts";

const config: ServerConfig = {
  role: "web",
  connection: { host: "127.0.0.1", port: 5432, user: "odoo" },
  password: "s3cret; # = 100%",
  database: "acme",
  addonsPaths: ["/trees/ab12/0", "/opt/odoo/addons"],
  dataDirectory: "/srv/odoo/acme",
  applicationName: "odoo-acme-g1-web-{pid}",
  webPort: 20_001,
  websocketPort: 20_002,
  workers: 4,
  cronThreads: 2,
  options: { limit_time_real: "300", limit_memory_hard: "0", server_wide_modules: "base,web" },
};

describe("renderConfigFile", () => {
  it("web workers run no crons and answer for one database on the loopback", () => {
    expect(renderConfigFile(config)).toMatchSnapshot();
  });

  it("crons are a prefork server without HTTP, so that a running job survives the order to stop", () => {
    expect(renderConfigFile({ ...config, role: "background", webPort: null, websocketPort: null })).toMatchSnapshot();
  });

  it("an update takes what memory and time it needs, whatever the environment allows its workers", () => {
    expect(renderConfigFile({ ...config, role: "update", webPort: null, websocketPort: null })).toMatchSnapshot();
  });

  it.each(Object.keys(ownedOptions))("refuses %s, which Plimsoll sets itself", (name) => {
    expect(() => renderConfigFile({ ...config, options: { [name]: "x" } })).toThrow(PlimsollError);
  });

  it("refuses what would smuggle a second option in, and names that are none", () => {
    expect(refusedOptions({ limit_request: "1\nlist_db = True" })).toHaveLength(1);
    expect(refusedOptions({ "x] = y": "1" })).toHaveLength(1);
    expect(refusedOptions({ limit_request: "100" })).toEqual([]);
  });

  it.each([" leading", "trailing ", "FALSE", "a\nb"])(
    "refuses the password %j, which the format would change, without showing it",
    (password) => {
      const error = catchError(() => renderConfigFile({ ...config, password }));
      expect(error).toBeInstanceOf(PlimsollError);
      expect(JSON.stringify([error, (error as PlimsollError).message, (error as PlimsollError).text])).not.toContain(password);
    },
  );

  it("leaves the password out where there is none", () => {
    expect(renderConfigFile({ ...config, password: "" })).not.toContain("db_password");
  });
});

it("argv carries paths and names only", () => {
  const launch = { python: "/usr/bin/python3", launcher: "/state/scripts/launch.py", configFile: "/state/private/u.conf" };
  expect(serveArgv(launch)).toEqual(["/usr/bin/python3", "/state/scripts/launch.py", "-c", "/state/private/u.conf"]);
  expect(updateArgv(launch, "acme_candidate", ["sale", "project"])).toMatchSnapshot();
});

it("the environment of a run is marked with it, that of a generation isn't, and bytecode is written", () => {
  const of = {
    role: "update",
    environment: "acme",
    server: "/opt/odoo-bin",
    pythonPath: null,
    pycachePrefix: "/state/pycache",
    home: "/state/private",
  } as const;
  expect(processEnvironment({ ...of, run: { deployment: "d7", epoch: 4 } })).toMatchSnapshot();
  const generation = processEnvironment({ ...of, role: "web", run: null, pythonPath: "/opt/lib" });
  expect(Object.keys(generation)).not.toContain("PLIMSOLL_RUN");
  expect(Object.keys(generation)).not.toContain("PLIMSOLL_EPOCH");
  expect(Object.keys(generation)).not.toContain("PYTHONDONTWRITEBYTECODE");
  expect(generation["PYTHONPATH"]).toBe("/opt/lib");
});

function catchError(work: () => unknown): unknown {
  try {
    work();
    return null;
  } catch (error) {
    return error;
  }
}
