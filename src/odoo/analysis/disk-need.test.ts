import { describe, expect, it } from "vitest";
import { diskFreeBytes, diskNeededBytes } from "./disk-need.ts";

const database = (host: string, declared?: number): Parameters<typeof diskFreeBytes>[0] => ({
  host,
  port: 5432,
  name: "acme",
  user: "odoo",
  password: { fromEnv: "PASSWORD" },
  ...(declared === undefined ? {} : { diskFreeBytes: declared }),
});

describe("room for a clone", () => {
  it.each(["127.0.0.1", "localhost", "::1", "/var/run/postgresql"])("is measured for a cluster on this machine: %s", (host) => {
    expect(diskFreeBytes(database(host, 5), 1_000)).toBe(1_000);
  });

  it("is what was declared for a cluster elsewhere, and unknown when nothing was", () => {
    expect(diskFreeBytes(database("db.example.com", 5), 1_000)).toBe(5);
    expect(diskFreeBytes(database("db.example.com"), 1_000)).toBeNull();
  });

  it("is three times the database and its log, whose size is taken as the default when it is unknown", () => {
    expect(diskNeededBytes({ databaseSizeBytes: 10, walBytes: 5 })).toBe(35);
    expect(diskNeededBytes({ databaseSizeBytes: 10, walBytes: null })).toBe(30 + 1024 ** 3);
  });
});
