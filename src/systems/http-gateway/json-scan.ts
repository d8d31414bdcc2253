const bytesOf = {
  quote: 0x22,
  comma: 0x2c,
  colon: 0x3a,
  open: 0x5b,
  backslash: 0x5c,
  close: 0x5d,
  n: 0x6e,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const;
const capturedBytesMax = 300;
/** The members that a JSON-RPC answer can have; any other means that it is something else. */
const envelope = new Set(["jsonrpc", "id", "error", "result"]);

/** What an answer in JSON said about an error, as far as it was read. */
export interface JsonSeen {
  /** It has the envelope of JSON-RPC, and an error in it. */
  readonly rpcError: boolean;
  readonly code: number | null;
  /** The exception's name within that error. */
  readonly rpcName: string | null;
  /** The exception's name where the answer itself is the error, as in `/json/2`. */
  readonly plainName: string | null;
  /** false: it was cut, malformed, or longer than what was read, and might say more. */
  readonly conclusive: boolean;
}

/**
 * Reads the beginning of a JSON text in pieces of any size, only as far as it takes to tell whether it is a JSON-RPC error and
 * which. It builds nothing: of an ordinary answer it looks at the few bytes before `"result"`.
 */
export class JsonScan {
  /** true: an answer that is known to have failed, which is read for a name whatever its form is. */
  readonly #failed: boolean;
  /** The key under which each open container's present member stands; null in arrays. */
  readonly #path: (string | null)[] = [];
  #expectsKey = false;
  #text: "none" | "key" | "value" = "none";
  #escaped = false;
  #captured: number[] | null = null;
  #number = "";
  #begun = false;
  #decided = false;
  #ended = false;
  #envelope = false;
  #error = false;
  #code: number | null = null;
  #rpcName: string | null = null;
  #plainName: string | null = null;

  constructor(failed: boolean) {
    this.#failed = failed;
  }

  /** @returns true when nothing that may follow makes a difference */
  feed(chunk: Uint8Array): boolean {
    for (const byte of chunk) {
      if (this.#decided || this.#ended) return true;
      if (this.#text === "none") this.#structure(byte);
      else this.#inText(byte);
    }
    return this.#decided || this.#ended;
  }

  seen(): JsonSeen {
    return {
      rpcError: this.#envelope && this.#error,
      code: this.#code,
      rpcName: this.#rpcName,
      plainName: this.#plainName,
      conclusive: this.#decided || this.#ended,
    };
  }

  #structure(byte: number): void {
    if (byte <= 0x20) return this.#endNumber();
    switch (byte) {
      case bytesOf.quote: {
        const key = this.#expectsKey;
        if (!key) this.#value(byte);
        this.#text = key ? "key" : "value";
        this.#captured = key ? (this.#path.length <= 3 ? [] : null) : this.#wantsText() ? [] : null;
        return;
      }
      case bytesOf.openBrace:
        this.#value(byte);
        this.#path.push("");
        this.#expectsKey = true;
        return;
      case bytesOf.open:
        this.#value(byte);
        this.#path.push(null);
        this.#expectsKey = false;
        return;
      case bytesOf.closeBrace:
      case bytesOf.close:
        this.#endNumber();
        this.#path.pop();
        this.#expectsKey = false;
        if (this.#path.length === 0) this.#ended = true;
        return;
      case bytesOf.comma:
        this.#endNumber();
        this.#expectsKey = this.#path.at(-1) !== null;
        return;
      case bytesOf.colon:
        this.#expectsKey = false;
        return;
      default:
        this.#literal(byte);
    }
  }

  #inText(byte: number): void {
    if (!this.#escaped && byte === bytesOf.quote) return this.#endText();
    this.#escaped = !this.#escaped && byte === bytesOf.backslash;
    if (this.#captured !== null && this.#captured.length < capturedBytesMax) this.#captured.push(byte);
  }

  #endText(): void {
    const text = this.#captured === null ? "" : decode(this.#captured);
    if (this.#text === "key") this.#key(text);
    else if (this.#captured !== null) {
      if (this.#path.length === 1) this.#plainName = text;
      else this.#rpcName = text;
      this.#decide();
    }
    this.#text = "none";
    this.#captured = null;
  }

  #key(text: string): void {
    this.#path[this.#path.length - 1] = text;
    if (this.#path.length !== 1) return;
    if (text === "jsonrpc") this.#envelope = true;
    else if (!this.#failed && (text === "result" || !envelope.has(text))) this.#decided = true;
    this.#decide();
  }

  /** A value begins: at the top anything but an object is no error, and an `error` that isn't null is one. */
  #value(byte: number): void {
    if (!this.#begun) {
      this.#begun = true;
      if (byte !== bytesOf.openBrace) this.#decided = true;
    } else if (this.#path.length === 1 && this.#path[0] === "error" && byte !== bytesOf.n) {
      this.#error = true;
    }
  }

  #literal(byte: number): void {
    if (this.#number === "") this.#value(byte);
    if (this.#number.length < 20) this.#number += String.fromCharCode(byte);
  }

  #endNumber(): void {
    if (this.#number === "") return;
    if (this.#isAt("error", "code")) {
      const code = Number(this.#number);
      this.#code = Number.isFinite(code) ? code : null;
      this.#decide();
    }
    this.#number = "";
  }

  #decide(): void {
    if (this.#envelope && this.#error && this.#code !== null && this.#rpcName !== null) this.#decided = true;
    else if (this.#plainName !== null && !this.#envelope) this.#decided = true;
  }

  #wantsText(): boolean {
    return (this.#failed && this.#isAt("name")) || this.#isAt("error", "data", "name");
  }

  #isAt(...path: readonly string[]): boolean {
    return path.length === this.#path.length && path.every((key, depth) => this.#path[depth] === key);
  }
}

function decode(bytes: readonly number[]): string {
  const raw = Buffer.from(bytes).toString("utf8");
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    // It was cut in the middle of an escape; the beginning names it well enough.
    return raw;
  }
}
