import type { IncomingMessage } from "node:http";

export interface Refusal {
  readonly status: 421 | 502 | 503 | 504;
  readonly title: string;
  readonly sentence: string;
  readonly retryAfterS: number | null;
}

/** 503 is only ever given to requests of which Odoo has seen nothing: so the text may say that. */
const untouched = "What you have just sent was not carried out; please send it again.";

export type RefusalName =
  | "holdFull"
  | "holdTooLong"
  | "bodyTooLarge"
  | "maintenance"
  | "noUpstream"
  | "refused"
  | "closing"
  | "websocketsFull"
  | "unknownHost"
  | "broken"
  | "silent";

export const refusals: Readonly<Record<RefusalName, Refusal>> = {
  holdFull: {
    status: 503,
    title: "One moment, please",
    sentence: `The system is being updated and many are waiting. ${untouched}`,
    retryAfterS: 5,
  },
  holdTooLong: {
    status: 503,
    title: "One moment, please",
    sentence: `The update takes longer than expected. ${untouched}`,
    retryAfterS: 10,
  },
  bodyTooLarge: {
    status: 503,
    title: "One moment, please",
    sentence: `The system is being updated, and this upload can't wait. ${untouched}`,
    retryAfterS: 15,
  },
  maintenance: {
    status: 503,
    title: "Maintenance",
    sentence: `The system is being maintained. Your data is safe. ${untouched}`,
    retryAfterS: 30,
  },
  noUpstream: { status: 503, title: "Not running", sentence: `The system isn't running at the moment. ${untouched}`, retryAfterS: 10 },
  refused: { status: 503, title: "Restarting", sentence: `The system is being restarted. ${untouched}`, retryAfterS: 5 },
  closing: {
    status: 503,
    title: "One moment, please",
    sentence: `The entrance to the system is being restarted. ${untouched}`,
    retryAfterS: 2,
  },
  websocketsFull: { status: 503, title: "Too many connections", sentence: "There are too many open connections.", retryAfterS: 30 },
  unknownHost: { status: 421, title: "Unknown address", sentence: "No system answers to this host name.", retryAfterS: null },
  broken: {
    status: 502,
    title: "The answer was lost",
    sentence: "The system ended while it was working on this. It may or may not have been carried out; look before you send it again.",
    retryAfterS: null,
  },
  silent: {
    status: 504,
    title: "No answer",
    sentence: "The system didn't answer. It may or may not have carried this out; look before you send it again.",
    retryAfterS: null,
  },
};

/** The refusal as this client reads it: a page for a browser, JSON for a program. */
export function renderRefusal(
  request: IncomingMessage,
  refusal: Refusal,
): { readonly headers: Record<string, string>; readonly body: string } {
  const html = wantsPage(request);
  const body = html ? page(request, refusal) : json(refusal);
  return {
    headers: {
      "Content-Type": html ? "text/html; charset=utf-8" : "application/json",
      "Content-Length": String(Buffer.byteLength(body)),
      "Cache-Control": "no-store",
      ...(refusal.retryAfterS === null ? {} : { "Retry-After": String(refusal.retryAfterS) }),
    },
    body: request.method === "HEAD" ? "" : body,
  };
}

function wantsPage(request: IncomingMessage): boolean {
  return (request.headers.accept ?? "").includes("text/html");
}

/** Odoo's web client reads `error.data.name` of every JSON error; without it, it fails over the refusal itself. */
function json(refusal: Refusal): string {
  const data = { name: "plimsoll.Unavailable", message: refusal.sentence, arguments: [refusal.sentence], context: {}, debug: "" };
  const retry = refusal.retryAfterS === null ? {} : { retryAfterS: refusal.retryAfterS };
  return JSON.stringify({ jsonrpc: "2.0", id: null, error: { code: refusal.status, message: refusal.title, data }, ...retry });
}

function page(request: IncomingMessage, refusal: Refusal): string {
  // Only a GET may be repeated by itself.
  const again = request.method === "GET" && refusal.retryAfterS !== null;
  const refresh = again ? `<meta http-equiv="refresh" content="${refusal.retryAfterS}">` : "";
  const note = again ? `<p>This page tries again by itself in ${refusal.retryAfterS} seconds.</p>` : "";
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${refresh}<title>${refusal.title}</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem;color:#222;background:#fff}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}}h1{font-size:1.5rem}</style></head>
<body><h1>${refusal.title}</h1><p>${refusal.sentence}</p>${note}</body></html>
`;
}
