/** Maximum length of the log that is kept of a run or of one of its targets, in characters. */
export const MAX_LOG_LENGTH = 1_048_576;

/** Maximum length of the text of one event, in characters. */
export const MAX_LOG_PART = 32_768;

/** How long after the end of a run its log may still grow, in milliseconds. */
export const LOG_GRACE_MS = 600_000;

/** Number of failures in a row after which nobody asks for the log again. */
export const MAX_LOG_FAILURES = 10;

/** What was read of a log. */
export interface LogRead {
  readonly text: string;
  /** Where the tool goes on. */
  readonly cursor: string;
  /** Whether the tool says that this was the end. */
  readonly eof: boolean;
}

/** What a log is after a read. */
export interface LogAfterRead {
  readonly parts: readonly string[];
  readonly length: number;
  readonly complete: boolean;
  readonly truncated: boolean;
}

/** Divides a text at its limit without cutting a character in two. */
function cut(text: string, at: number): number {
  const code = text.charCodeAt(at - 1);
  return at < text.length && code >= 0xd800 && code <= 0xdbff ? at - 1 : at;
}

/**
 * Adds what was read to a log, in parts that fit an event. What is beyond the maximum is dropped: the address of the
 * run leads to the rest.
 * @param over whether the run has ended so long ago that nothing more is expected.
 */
export function addToLog(length: number, { text, eof }: LogRead, over: boolean): LogAfterRead {
  const room = MAX_LOG_LENGTH - length;
  const truncated = text.length > room || (!eof && text.length === room);
  const kept = truncated ? text.slice(0, cut(text, room)) : text;
  const parts: string[] = [];
  for (let from = 0; from < kept.length;) {
    const to = Math.min(kept.length, from + MAX_LOG_PART);
    const end = to === kept.length ? to : cut(kept, to);
    parts.push(kept.slice(from, end));
    from = end;
  }
  const complete = eof || truncated || (over && text.length === 0);
  return { parts, length: length + kept.length, complete, truncated };
}
