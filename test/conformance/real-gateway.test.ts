import { cleanUp, freePort, startGateway } from "../../src/systems/http-gateway/test-kit.ts";
import { gatewayConforms } from "./gateway-suite.ts";

gatewayConforms("a real process", async () => {
  const { client } = await startGateway();
  return { gateway: client, freePort, close: cleanUp };
});
