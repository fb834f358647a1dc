import { canonicalJson } from '../adapters/fingerprint.js';
import { RequestError } from '../domain/errors.js';
import { normalName, problemOfName } from '../domain/name.js';

/**
 * Checks the shape of a text from a client: in NFC, trimmed, within its length, without control characters except line
 * breaks and tabs.
 * @throws RequestError BAD_USER_INPUT naming the field.
 */
export function text(
  value: string,
  field: string,
  { min = 0, max = 10_000 }: { min?: number; max?: number } = {},
): string {
  const trimmed = value.normalize('NFC').trim();
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/.test(trimmed))
    throw new RequestError('BAD_USER_INPUT', `"${field}" contains control characters.`, { field });
  if (trimmed.length < min)
    throw new RequestError(
      'BAD_USER_INPUT',
      min === 1 ? `"${field}" must not be empty.` : `"${field}" needs at least ${min} characters.`,
      { field, min },
    );
  if (trimmed.length > max)
    throw new RequestError('BAD_USER_INPUT', `"${field}" has more than ${max} characters.`, { field, max });
  return trimmed;
}

/** Maximum length of a reason, in characters. */
export const MAX_REASON = 2_000;

/** A reason that may be left out: null when it is absent or blank. @throws RequestError BAD_USER_INPUT */
export const optionalReason = (value: string | null | undefined, field = 'reason'): string | null =>
  value == null ? null : text(value, field, { max: MAX_REASON }) || null;

/** A reason that has to be given. @throws RequestError BAD_USER_INPUT */
export const requiredReason = (value: string | null | undefined): string =>
  text(value ?? '', 'reason', { min: 1, max: MAX_REASON });

/**
 * Checks a text of one line that people read and compare, such as a name: in its normal form, without anything that
 * cannot be seen.
 * @throws RequestError BAD_USER_INPUT naming the field.
 */
export function line(value: string, field: string, bounds: { min?: number; max?: number } = {}): string {
  const normal = normalName(value);
  const problem = problemOfName(normal);
  if (problem !== undefined) throw new RequestError('BAD_USER_INPUT', `"${field}" ${problem}.`, { field });
  return text(normal, field, bounds);
}

/** A name: 1 to 200 characters of a line. @throws RequestError BAD_USER_INPUT */
export const name = (value: string, field = 'name'): string => line(value, field, { min: 1, max: 200 });

/** The columns of an external reference. @throws RequestError BAD_USER_INPUT */
export function externalRef(ref: { readonly source: string; readonly key: string } | null | undefined): {
  externalSource: string | null;
  externalKey: string | null;
} {
  if (ref == null) return { externalSource: null, externalKey: null };
  return {
    externalSource: line(ref.source, 'externalRef.source', { min: 1, max: 100 }),
    externalKey: line(ref.key, 'externalRef.key', { min: 1, max: 200 }),
  };
}

/**
 * A value for a JSON column: the present one if it has the same content, so that nothing is written. PostgreSQL orders
 * members in its own way, and a row counts as changed when they are in another order.
 */
export const unlessSame = <Value>(value: Value, present: Value | null | undefined): Value =>
  present != null && canonicalJson(present) === canonicalJson(value) ? present : value;

/**
 * A JSON object from a client, bounded.
 * @param present the value until now. It is returned if it has the same content, so that nothing is written.
 * @throws RequestError BAD_USER_INPUT when larger than 64 KiB.
 */
export function jsonObject(
  value: Record<string, unknown>,
  field: string,
  present?: Record<string, unknown>,
): Record<string, unknown> {
  if (JSON.stringify(value).length > 65_536)
    throw new RequestError('BAD_USER_INPUT', `"${field}" is larger than 64 KiB.`, { field });
  return unlessSame(value, present);
}
