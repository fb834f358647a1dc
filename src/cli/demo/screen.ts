/** Shows the demo to a person. */
export interface Screen {
  /** A step of the story: who does what. */
  step(who: string, what: string): void;
  /** Something worth knowing about the last step. */
  note(text: string): void;
  /** An event received over the WebSocket. */
  event(text: string): void;
  /** Progress of a distribution. */
  progress(percent: number, text: string): void;
}

const bar = (percent: number) =>
  `[${'#'.repeat(Math.round(percent / 4)).padEnd(25, '.')}] ${String(percent).padStart(3)} %`;

/** A screen on standard output. On a terminal the progress bar stays on one line; elsewhere each change is a line. */
export function terminalScreen(out: NodeJS.WriteStream = process.stdout): Screen {
  let open = false;
  let last = '';
  const line = (text: string) => {
    if (open) out.write('\n');
    open = false;
    out.write(`${text}\n`);
  };
  let number = 0;
  return {
    step: (who, what) => line(`${String(++number).padStart(2)}. ${who.padEnd(14)} ${what}`),
    note: (text) => line(`      ${text}`),
    event: (text) => line(`      ~ ${text}`),
    progress: (percent, text) => {
      const now = `      ${bar(percent)}  ${text}`;
      if (now === last) return;
      last = now;
      if (!out.isTTY) return line(now);
      out.write(`\r\u001b[2K${now}`);
      open = true;
    },
  };
}
