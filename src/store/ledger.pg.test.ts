import { ledgerSuite } from "../../test/conformance/ledger-suite.ts";
import { startStoreServer } from "../../test/crash/store-server.ts";
import { openStore } from "./open-store.ts";

ledgerSuite("PostgreSQL", async (clock) => {
  const server = await startStoreServer();
  const store = await openStore({ connectionString: await server.database(), clock });
  return {
    ledger: store,
    async close() {
      await store.close();
      await server.close();
    },
  };
});
