/** PostgreSQL cuts names at 63 bytes and replaces what isn't ASCII. */
const bytesMax = 63;

/** `plimsoll/<environment>/<deployment>/e<epoch>`; the environment's name is cut, never the epoch, which others read. */
export function applicationName(environment: string, deployment: string, epoch: number): string {
  const end = `/${ascii(deployment).slice(0, 24)}/e${epoch}`;
  return `plimsoll/${ascii(environment).slice(0, bytesMax - "plimsoll/".length - end.length)}${end}`;
}

/** The epoch of a session of Plimsoll; null when it isn't one. */
export function epochOf(application: string): number | null {
  const match = /^plimsoll\/.*\/e(\d+)$/.exec(application);
  return match?.[1] === undefined ? null : Number(match[1]);
}

function ascii(text: string): string {
  return text.replaceAll(/[^\x21-\x7e]|\//g, "_");
}
