const heartbeatMs = 15_000;

/** What a person reads when set-up can't go on: what happened, why, and what to do next. */
export class SetupError extends Error {
  constructor(what, why, next) {
    super(what);
    this.name = "SetupError";
    this.why = why;
    this.next = next;
  }

  toText() {
    const lines = [`[setup] failed: ${this.message}`];
    if (this.why)
      lines.push(
        ...this.why
          .trim()
          .split("\n")
          .map((line) => `[setup]   ${line}`),
      );
    if (this.next) lines.push(`[setup] next: ${this.next}`);
    return lines.join("\n");
  }
}

export function seconds(ms) {
  const whole = Math.round(ms / 1000);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

const out = process.stderr;
const live = out.isTTY === true;
const running = new Map();
let ticker = null;

function redraw() {
  const texts = [...running].map(([label, started]) => `${label} … ${seconds(Date.now() - started)}`);
  // Cut to one row: a wrapped line couldn't be taken back.
  out.write(`\r\x1b[2K${texts.length > 0 ? `[setup] ${texts.join(" · ")}`.slice(0, (out.columns ?? 80) - 1) : ""}`);
}

function tick() {
  if (live) redraw();
  else
    for (const [label, started] of running)
      if (Date.now() - started >= heartbeatMs) out.write(`[setup] ${label} … ${seconds(Date.now() - started)}\n`);
}

function say(line) {
  out.write(`${live ? "\r\x1b[2K" : ""}[setup] ${line}\n`);
  if (live) redraw();
}

/**
 * Says on stderr what takes time; several may run at once. On a terminal one row counts the seconds, elsewhere there is a line
 * at the start, one now and then, and one at the end.
 */
export async function phase(part, doing, work) {
  const label = `${part}: ${doing}`;
  const started = Date.now();
  running.set(label, started);
  ticker ??= setInterval(tick, live ? 1000 : heartbeatMs);
  if (live) redraw();
  else say(`${label} …`);
  let end = "failed after";
  try {
    const result = await work();
    end = "done,";
    return result;
  } finally {
    running.delete(label);
    if (running.size === 0) {
      clearInterval(ticker);
      ticker = null;
    }
    say(`${label}: ${end} ${seconds(Date.now() - started)}`);
  }
}

export function note(text) {
  say(text);
}
