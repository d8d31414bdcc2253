import type { IncomingMessage } from "node:http";
import type { Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { judgeAnswer } from "./answer-kind.ts";
import type { AnswerJudged } from "./answer-kind.ts";
import { JsonScan } from "./json-scan.ts";

/** Of one answer no more than this is looked at, compressed and not. */
const readBytesMax = 64 * 1024;

/** One answer, looked at while it goes by. */
export interface AnswerReading {
  /** The answer is over. `judged` is called once; not in the same breath when it had to be decompressed. */
  end(judged: (answer: AnswerJudged) => void): void;
}

/** Looks on; to be called after the way to the client is laid, so that every byte goes there first. */
export function readAnswer(answer: IncomingMessage): AnswerReading {
  const status = answer.statusCode ?? 0;
  if (!/^application\/(?:[\w.+-]+\+)?json\b/i.test(headerOf(answer, "content-type") ?? "")) {
    return { end: (judged) => judged(judgeAnswer(status, null)) };
  }
  const scan = new JsonScan(status >= 400);
  const encoding = (headerOf(answer, "content-encoding") ?? "identity").trim().toLowerCase();
  if (encoding === "identity" || encoding === "") return readPlain(answer, status, scan);
  const decompress = decompressor(encoding);
  if (decompress === null) return { end: (judged) => judged(judgeAnswer(status, "unreadable")) };
  return readCompressed(answer, status, scan, decompress);
}

/** From the list as it came: the object with all headers is made for whoever asks for it, and here nobody else does. */
function headerOf({ rawHeaders }: IncomingMessage, name: string): string | undefined {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const header = rawHeaders[i];
    if (header?.length === name.length && header.toLowerCase() === name) return rawHeaders[i + 1];
  }
  return undefined;
}

function readPlain(answer: IncomingMessage, status: number, scan: JsonScan): AnswerReading {
  const bytes = take(answer, (chunk) => scan.feed(chunk));
  // Without a body (HEAD, 204) there is nothing that could be an error.
  return { end: (judged) => judged(judgeAnswer(status, bytes() === 0 ? null : scan.seen())) };
}

function readCompressed(answer: IncomingMessage, status: number, scan: JsonScan, decompress: Transform): AnswerReading {
  let done = false;
  let read = 0;
  let told: (() => void) | null = null;
  const stop = (): void => {
    if (done) return;
    done = true;
    decompress.destroy();
    told?.();
  };
  decompress.on("data", (chunk: Buffer) => {
    if (done) return;
    read += chunk.length;
    if (scan.feed(chunk) || read >= readBytesMax) stop();
  });
  decompress.on("end", stop);
  decompress.on("close", stop);
  decompress.on("error", stop);
  answer.once("close", () => {
    if (told === null) stop();
  });
  const bytes = take(answer, (chunk) => {
    if (!done) decompress.write(chunk);
    return done;
  });
  return {
    end(judged) {
      const tell = (): void => judged(judgeAnswer(status, bytes() === 0 ? null : scan.seen()));
      if (done) return tell();
      told = tell;
      decompress.end();
    },
  };
}

/** Gives the first bytes to `feed` until that has enough. @returns how many came by */
function take(answer: IncomingMessage, feed: (chunk: Buffer) => boolean): () => number {
  let bytes = 0;
  const look = (chunk: Buffer): void => {
    const enough = feed(bytes + chunk.length > readBytesMax ? chunk.subarray(0, readBytesMax - bytes) : chunk);
    bytes += chunk.length;
    if (enough || bytes >= readBytesMax) answer.off("data", look);
  };
  answer.on("data", look);
  return () => bytes;
}

function decompressor(encoding: string): Transform | null {
  switch (encoding) {
    case "gzip":
    case "x-gzip":
      return createGunzip();
    case "deflate":
      return createInflate();
    case "br":
      return createBrotliDecompress();
    default:
      return null;
  }
}
