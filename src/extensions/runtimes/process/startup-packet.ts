/** What a client of PostgreSQL says first. Source: PostgreSQL's manual, "Message Formats": StartupMessage, SSLRequest, CancelRequest. */
export type Startup =
  | { readonly kind: "incomplete" }
  | { readonly kind: "encryption" }
  | { readonly kind: "cancel" }
  | { readonly kind: "session"; readonly database: string }
  | { readonly kind: "unknown" };

const sslRequest = 80_877_103;
const gssRequest = 80_877_104;
const cancelRequest = 80_877_102;
const protocol3 = 3;

/** @param bytes everything that the client has sent so far */
export function readStartup(bytes: Buffer, bytesMax: number): Startup {
  if (bytes.length < 8) return { kind: "incomplete" };
  const length = bytes.readUInt32BE(0);
  if (length < 8 || length > bytesMax) return { kind: "unknown" };
  if (bytes.length < length) return { kind: "incomplete" };
  const code = bytes.readUInt32BE(4);
  if (code === sslRequest || code === gssRequest) return { kind: "encryption" };
  if (code === cancelRequest) return { kind: "cancel" };
  if (code >>> 16 !== protocol3) return { kind: "unknown" };
  const words = bytes.toString("utf8", 8, length).split("\0");
  const parameters = new Map<string, string>();
  for (let index = 0; index + 1 < words.length; index += 2) {
    const name = words[index] ?? "";
    if (name === "") break;
    parameters.set(name, words[index + 1] ?? "");
  }
  // Without a database PostgreSQL takes the one that is named like the user.
  return { kind: "session", database: parameters.get("database") ?? parameters.get("user") ?? "" };
}
