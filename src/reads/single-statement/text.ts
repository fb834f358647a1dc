import { toNodeId, type NodeType } from '../../domain/node-id.js';
import { atOnce, type Steps } from '../../domain/steps.js';

// PostgreSQL escapes control characters inside JSON strings, so a raw one in the text comes from the planner. They
// frame what SQL cannot write as JSON.stringify does: public ids, cursors, and JSON columns, which have spacing of
// their own.
export const ID_MARK = '\u0001';
export const CURSOR_MARK = '\u0002';
export const JSON_MARK = '\u0003';
export const END_MARK = '\u0004';
/** Stands for a row that is missing although the schema promises it. The answer is an error, which graphql-js words. */
export const MISSING_MARK = '\u0005';

// eslint-disable-next-line no-control-regex -- the marks are control characters on purpose
const MARK = /[\u0001-\u0003\u0005]/g;
const UUID_LENGTH = 36;

/** How many marks are replaced in one step. */
const MARKS_PER_STEP = 1_000;

/**
 * Turns the text from the database into the JSON text that JSON.stringify would write.
 * @throws Error when a row is missing that the schema promises
 */
export function* finishSteps(text: string): Steps<string> {
  let out = '';
  let marks = 0;
  let done = 0;
  MARK.lastIndex = 0;
  for (let found = MARK.exec(text); found; found = MARK.exec(text)) {
    const at = found.index;
    // Others may use the expression meanwhile: its place is set again before it looks for the next mark.
    if (++marks % MARKS_PER_STEP === 0) yield;
    out += text.slice(done, at);
    if (found[0] === ID_MARK) {
      const dot = text.indexOf('.', at);
      done = dot + 1 + UUID_LENGTH;
      out += toNodeId(text.slice(at + 1, dot) as NodeType, text.slice(dot + 1, done));
    } else {
      const end = text.indexOf(END_MARK, at);
      if (found[0] === MISSING_MARK || end < 0) throw new Error('A row is missing although the schema promises it.');
      const inside = text.slice(at + 1, end);
      out += found[0] === CURSOR_MARK ? Buffer.from(inside).toString('base64url') : JSON.stringify(JSON.parse(inside));
      done = end + 1;
    }
    MARK.lastIndex = done;
  }
  return out + text.slice(done);
}

/** {@link finishSteps} at once, for texts of usual size. */
export const finishText = (text: string): string => atOnce(finishSteps(text));
