import { toNodeId, type NodeType } from '../../domain/node-id.js';

// PostgreSQL escapes control characters inside JSON strings, so a raw one in the text can only come from us. They frame what SQL
// cannot write as JSON.stringify would: public ids, cursors, and JSON columns with their own spacing.
export const ID_MARK = '\u0001';
export const CURSOR_MARK = '\u0002';
export const JSON_MARK = '\u0003';
export const END_MARK = '\u0004';
/** Stands where a row had to be and is not: the answer is an error, which the ordinary way words. */
export const MISSING_MARK = '\u0005';

// eslint-disable-next-line no-control-regex -- the marks are control characters on purpose
const MARKED = /\u0001([A-Za-z]+)\.([0-9a-f-]{36})|\u0002([^\u0004]*)\u0004|\u0003([^\u0004]*)\u0004|\u0005/g;

/**
 * Turns the text that the database built into the JSON text that JSON.stringify would have written.
 * @throws Error when a row is missing that the schema promises
 */
export function finishText(text: string): string {
  return text.replace(MARKED, (_all, type: string | undefined, uuid: string, cursor: string | undefined, json: string | undefined) => {
    if (type !== undefined) return toNodeId(type as NodeType, uuid);
    if (cursor !== undefined) return Buffer.from(cursor).toString('base64url');
    if (json === undefined) throw new Error('A row that must be there is missing.');
    return JSON.stringify(JSON.parse(json));
  });
}
