import type { Terminal } from "../terminal.ts";
import { duration } from "./quantities.ts";

const quietMs = 2_000;
const repeatMs = 10_000;
const frameMs = 200;

export interface ProgressLines {
  /**
   * What is being done now.
   *
   * @param topic the same for messages that differ only in how far it is
   */
  say(message: string, topic?: string): void;
  /** A line that stays. */
  keep(line: string): void;
  end(): void;
}

/**
 * What is happening, on stderr. On a terminal one line that is drawn again; elsewhere nothing for two seconds, then a line
 * for each new thing, at most every two seconds, and for the same thing every ten.
 */
export function progressLines(terminal: Terminal): ProgressLines {
  const startedMs = terminal.nowMs();
  let message = "";
  let topic = "";
  let saidTopic = "";
  let saidMs = Number.NEGATIVE_INFINITY;
  let drawn = false;
  const clear = (): void => {
    if (drawn) terminal.err("\r\x1b[2K");
    drawn = false;
  };
  const draw = (): void => {
    const now = terminal.nowMs();
    if (message === "" || now - startedMs < quietMs) return;
    if (terminal.animated) {
      terminal.err(`\r\x1b[2K${message} (${duration(now - startedMs)})`);
      drawn = true;
    } else if (now - saidMs >= (topic === saidTopic ? repeatMs : quietMs)) {
      terminal.err(`${message} (${duration(now - startedMs)})\n`);
      saidMs = now;
      saidTopic = topic;
    }
  };
  const timer = setInterval(draw, frameMs);
  timer.unref();
  return {
    say(next, about = next) {
      message = next;
      topic = about;
      draw();
    },
    keep(line) {
      clear();
      terminal.err(`${line}\n`);
    },
    end() {
      clearInterval(timer);
      clear();
    },
  };
}
