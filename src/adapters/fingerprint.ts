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

function write(value: unknown, above: readonly object[]): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('A number that is not finite has no JSON form.');
    return JSON.stringify(value);
  }
  if (typeof value !== 'object') throw new TypeError(`A ${typeof value} has no JSON form.`);
  if (above.includes(value)) throw new TypeError('A value that contains itself has no JSON form.');
  const path = [...above, value];
  if (Array.isArray(value)) return `[${value.map((item) => write(item ?? null, path)).join(',')}]`;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${write(item, path)}`).join(',')}}`;
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
