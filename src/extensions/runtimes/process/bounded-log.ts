/** Keeps the beginning and the end of an output, at most `charsMax` characters together; what lies between is counted. */
export interface BoundedLog {
  add(line: string): void;
  text(): { readonly log: string; readonly cut: boolean };
}

export const logCharsMax: number = 64 * 1024 * 1024;

export function boundedLog(charsMax: number = logCharsMax): BoundedLog {
  const half = Math.floor(charsMax / 2);
  const first: string[] = [];
  let firstChars = 0;
  // The end is a queue that forgets from its front; `from` avoids shifting a long array for every line.
  let last: string[] = [];
  let from = 0;
  let lastChars = 0;
  let dropped = 0;

  return {
    add(line) {
      if (dropped === 0 && last.length === 0 && firstChars + line.length + 1 <= half) {
        first.push(line);
        firstChars += line.length + 1;
        return;
      }
      last.push(line);
      lastChars += line.length + 1;
      while (lastChars > half && from < last.length) {
        lastChars -= (last[from] ?? "").length + 1;
        from += 1;
        dropped += 1;
      }
      if (from > 10_000 && from * 2 > last.length) {
        last = last.slice(from);
        from = 0;
      }
    },
    text() {
      const gap = dropped === 0 ? [] : [`… ${dropped} lines left out …`];
      return { log: [...first, ...gap, ...last.slice(from)].join("\n"), cut: dropped > 0 };
    },
  };
}
