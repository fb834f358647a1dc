/** The fingerprint of a request distinguishes a repetition from another request with the same key. */
import { createHash } from 'node:crypto';
import type { DistributionRequest } from './adapter.js';

/**
 * JSON with sorted property names and no white space, so that equal values give equal text. Undefined properties are
 * omitted, as in JSON.stringify. Throws a TypeError for values that JSON cannot represent (NaN, functions, BigInt,
 * cycles).
 */
export function canonicalJson(value: unknown): string {
  return write(value, []);
}

// It runs for every row that an event tells of, so it makes no more objects than it has to.
function write(value: unknown, above: object[]): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('A number that is not finite has no JSON form.');
    return JSON.stringify(value);
  }
  if (typeof value !== 'object') throw new TypeError(`A ${typeof value} has no JSON form.`);
  if (above.includes(value)) throw new TypeError('A value that contains itself has no JSON form.');
  above.push(value);
  let text = '';
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++)
      text += `${index === 0 ? '' : ','}${write(value[index] ?? null, above)}`;
    text = `[${text}]`;
  } else {
    for (const name of Object.keys(value).sort()) {
      const item = (value as Record<string, unknown>)[name];
      if (item !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${write(item, above)}`;
    }
    text = `{${text}}`;
  }
  above.pop();
  return text;
}

/**
 * SHA-256, in lower-case hexadecimal, of the canonical JSON of a request. It omits the fingerprint itself and addresses
 * that may differ for the same request: `callback` and the `uri` of artifacts, whose content `sha256` already
 * determines.
 */
export function fingerprintOf(
  request: Omit<DistributionRequest, 'fingerprint'> & { readonly fingerprint?: string },
): string {
  const { fingerprint: _fingerprint, callback: _callback, ...asked } = request;
  const artifacts = request.package.artifacts.map(({ uri: _uri, ...content }) => content);
  const canonical = canonicalJson({ ...asked, package: { ...request.package, artifacts } });
  return createHash('sha256').update(canonical).digest('hex');
}
