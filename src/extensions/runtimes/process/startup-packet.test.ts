import { expect, it } from "vitest";
import { readStartup } from "./startup-packet.ts";

function packet(code: number, text = ""): Buffer {
  const body = Buffer.from(text, "utf8");
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length, 0);
  head.writeUInt32BE(code, 4);
  return Buffer.concat([head, body]);
}

const protocol = 3 << 16;

it.each([
  ["a session", packet(protocol, "user\0odoo\0database\0acme\0application_name\0x\0\0"), { kind: "session", database: "acme" }],
  ["a session in the database of the user", packet(protocol, "user\0odoo\0\0"), { kind: "session", database: "odoo" }],
  ["a newer minor version", packet(protocol + 2, "database\0acme\0\0"), { kind: "session", database: "acme" }],
  ["a value that is called as a name", packet(protocol, "user\0database\0options\0x\0\0"), { kind: "session", database: "database" }],
  ["SSL", packet(80_877_103), { kind: "encryption" }],
  ["GSS", packet(80_877_104), { kind: "encryption" }],
  ["a cancellation", packet(80_877_102, "12345678"), { kind: "cancel" }],
  ["an old protocol", packet(2 << 16, "database\0acme\0\0"), { kind: "unknown" }],
  ["half a packet", packet(protocol, "user\0odoo\0\0").subarray(0, 12), { kind: "incomplete" }],
  ["nearly nothing", Buffer.from([0, 0, 0]), { kind: "incomplete" }],
  ["another protocol altogether", Buffer.from("GET / HTTP/1.1\r\n"), { kind: "unknown" }],
  ["a length below the least", Buffer.from([0, 0, 0, 4, 0, 3, 0, 0]), { kind: "unknown" }],
])("reads %s", (_what, bytes, expected) => {
  expect(readStartup(bytes, 10_000)).toEqual(expected);
});
