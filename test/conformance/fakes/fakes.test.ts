import { filestoreConforms } from "../filestore-suite.ts";
import { gatewayConforms } from "../gateway-suite.ts";
import { odooRuntimeConforms } from "../odoo-runtime-suite.ts";
import { tenantDatabaseConforms } from "../tenant-database-suite.ts";
import { FakeCluster } from "./fake-cluster.ts";
import { FakeFilestore } from "./fake-filestore.ts";
import { FakeGateway } from "./fake-gateway.ts";
import { FakeRuntime } from "./fake-runtime.ts";
import { FakeTenantDatabase } from "./fake-tenant-database.ts";

let port = 8_000;

gatewayConforms("in memory", async () => ({ gateway: new FakeGateway(), freePort: async () => port++, close: async () => undefined }));

filestoreConforms("in memory", async () => {
  const filestore = new FakeFilestore(() => "acme");
  return {
    filestore,
    live: "acme",
    put: async (database, file) => void filestore.trees.set(database, (filestore.trees.get(database) ?? new Set()).add(file)),
    list: async (database) => [...(filestore.trees.get(database) ?? [])].sort(),
    close: async () => undefined,
  };
});

odooRuntimeConforms("in memory", async () => {
  const cluster = new FakeCluster();
  cluster.create("acme", "");
  return {
    runtime: new FakeRuntime(cluster, new FakeFilestore(() => "acme")),
    release: null,
    database: "acme",
    bootMs: 1_000,
    close: async () => undefined,
  };
});

tenantDatabaseConforms("in memory", async () => {
  const cluster = new FakeCluster();
  cluster.create("acme", "");
  cluster.answer = (database) => [{ text: database.content }];
  const databaseOf = (name: string): NonNullable<ReturnType<FakeCluster["byName"]>> => {
    const database = cluster.byName(name);
    if (database === undefined) throw new Error(`database "${name}" does not exist`);
    return database;
  };
  return {
    environment: "acme-production",
    live: "acme",
    open: (deployment, epoch) => new FakeTenantDatabase(cluster, { environment: "acme-production", live: "acme", deployment, epoch }),
    connect: async (name) => {
      const session = cluster.connect(name, "odoo-web");
      return { close: async () => cluster.disconnect(databaseOf(name), session) };
    },
    createForeign: async (name) => cluster.create(name, ""),
    takeForeignUpdateLock: async () => {
      const session = cluster.connect("acme", "click-odoo-update");
      cluster.updateLocks.set(databaseOf("acme").oid, session);
      return { release: async () => cluster.disconnect(databaseOf("acme"), session) };
    },
    write: async (name, text) => void (databaseOf(name).content = text),
    readText: (tenant, name) =>
      tenant.read(name, async (sql) => String((await sql.query<{ text: string }>("SELECT text FROM note"))[0]?.text)),
    close: async () => undefined,
  };
});
