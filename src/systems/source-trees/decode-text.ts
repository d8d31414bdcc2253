/** As Python finds it (PEP 263): in a comment on one of the first two lines. */
const declared = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/;
const blank = /^[ \t\f]*(?:#.*)?$/;

/**
 * The text of a file; Python files are read in the encoding that they say they are in.
 *
 * @returns null: it isn't in that encoding, or nobody here knows it
 */
export function decodeText(path: string, bytes: Buffer): string | null {
  const encoding = path.endsWith(".py") ? encodingOf(bytes) : "utf-8";
  if (encoding === "latin1") return bytes.toString("latin1");
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function encodingOf(bytes: Buffer): string {
  const [first = "", second = ""] = bytes
    .subarray(0, 1_000)
    .toString("latin1")
    .split(/\r\n?|\n/, 2);
  const name = declared.exec(first)?.[1] ?? (blank.test(first) ? declared.exec(second)?.[1] : undefined);
  const plain = (name ?? "utf-8").toLowerCase().replaceAll("_", "-");
  if (/^utf-8(?:-|$)/.test(plain)) return "utf-8";
  // What the web calls Latin 1 is another encoding than Python's.
  return /^(?:latin-?1|iso-?8859-1|iso-latin-1|l1)(?:-|$)/.test(plain) ? "latin1" : plain.replace(/^cp(?=125\d$)/, "windows-");
}
