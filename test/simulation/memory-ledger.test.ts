import { ledgerSuite } from "../conformance/ledger-suite.ts";
import { memoryLedger } from "./memory-ledger.ts";

ledgerSuite("in memory", async (clock) => ({ ledger: memoryLedger(clock), close: async () => undefined }));
