import { createHash, timingSafeEqual } from "node:crypto";
import type { Context } from "hono";
import type { Actor } from "../app/use-case.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import { actorHeader } from "./contract/operation.ts";

/** @throws NOT_AUTHORISED */
export function checkToken(header: string | undefined, token: string): void {
  const given = /^Bearer (\S{1,512})$/i.exec(header ?? "")?.[1];
  if (given !== undefined && timingSafeEqual(hash(given), hash(token))) return;
  throw new PlimsollError("NOT_AUTHORISED", given === undefined ? "The request carries no token." : "The token is not this server's.", {
    why: "Every request needs the header Authorization: Bearer TOKEN.",
    fix: "Set PLIMSOLL_TOKEN to what is in the file `token` of the server's home directory.",
    liftedBy: "whoever runs the server",
  });
}

/** The name that the client gives; who holds the token is trusted to say it truly. */
export function actorOf(context: Context): Actor {
  const name = context.req.header(actorHeader) ?? "";
  return { name: /^[\w.@+-]{1,64}$/.test(name) ? name : "token-holder" };
}

function hash(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
