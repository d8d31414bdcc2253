/** PostgreSQL's limit for an identifier, in bytes; the names here are ASCII beyond the database's own name. */
const identifierBytesMax = 63;

/** Name of the clone that a deployment updates, and of its filestore tree: `acme_pl_d12`. The same in every epoch, so that an interrupted worker's successor finds it. */
export function candidateName(live: string, deployment: string): string {
  return withSuffix(live, `_pl_${deployment.toLowerCase().replaceAll("-", "")}`);
}

/** Name of a copy that is thrown away after business smoke: `acme_pl_d12_try`. */
export function copyName(live: string, deployment: string): string {
  return withSuffix(live, `_pl_${deployment.toLowerCase().replaceAll("-", "")}_try`);
}

/** Name of what a rehearsal keeps of its copy from before the update, for the old release to be asked: `acme_pl_d12_old`. */
export function copyBeforeName(live: string, deployment: string): string {
  return withSuffix(live, `_pl_${deployment.toLowerCase().replaceAll("-", "")}_old`);
}

/** Name of the untouched original after the swap: `acme_pl_d12_was`. */
export function originalName(live: string, deployment: string): string {
  return withSuffix(live, `_pl_${deployment.toLowerCase().replaceAll("-", "")}_was`);
}

function withSuffix(live: string, suffix: string): string {
  // A long name is cut by characters until it fits, because a cut inside a UTF-8 sequence would not be a name.
  let stem = live;
  while (utf8Length(stem + suffix) > identifierBytesMax) stem = [...stem].slice(0, -1).join("");
  return stem + suffix;
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
