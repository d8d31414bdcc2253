import { StringDecoder } from "node:string_decoder";

/** What is kept of one line; a program that never ends its line can't fill our memory. */
export const lineCharsMax: number = 64 * 1024;

/** Cuts a byte stream into lines. A line longer than the bound is given out cut, with a mark, and the rest of it is skipped. */
export function createLines(emit: (line: string) => void): { write(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  let skipping = false;

  function take(text: string): void {
    const parts = text.split("\n");
    const last = parts.pop() ?? "";
    for (const part of parts) {
      if (skipping) skipping = false;
      else give(rest + part);
      rest = "";
    }
    if (!skipping) rest += last;
    if (rest.length > lineCharsMax) {
      give(rest);
      rest = "";
      skipping = true;
    }
  }

  function give(line: string): void {
    const whole = line.endsWith("\r") ? line.slice(0, -1) : line;
    emit(whole.length > lineCharsMax ? `${whole.slice(0, lineCharsMax)} … (line cut)` : whole);
  }

  return {
    write: (chunk) => take(decoder.write(chunk)),
    end: () => {
      take(decoder.end());
      if (rest !== "" && !skipping) give(rest);
      rest = "";
    },
  };
}
