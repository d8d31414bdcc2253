import { gatewayConforms } from "../../../test/conformance/gateway-suite.ts";
import { cleanUp, freePort, startGateway } from "./test-kit.ts";

gatewayConforms("the process", async () => {
  const { client } = await startGateway();
  return { gateway: client, freePort, close: cleanUp };
});
