/** Placeholders in the texts of fixtures, and values that are computed from such texts. */
import { createHash, createHmac } from 'node:crypto';
import type { ComputedValue } from './fixtures.js';

/** Texts by the name of their placeholder. */
export type Placeholders = Readonly<Record<string, string>>;

/** A copy of the value with every known placeholder in its texts replaced. */
export function filledIn<T>(value: T, placeholders: Placeholders): T {
  const fill = (text: string): string =>
    text.replace(/\$\{([\w.]+)\}/g, (whole, name: string) => placeholders[name] ?? whole);
  if (typeof value === 'string') return fill(value) as T;
  if (Array.isArray(value)) return value.map((item) => filledIn(item, placeholders)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [fill(name), filledIn(item, placeholders)]),
  ) as T;
}

function computed(value: ComputedValue, placeholders: Placeholders, now: Date): string {
  if ('now' in value) return String(value.now === 'seconds' ? Math.floor(now.getTime() / 1000) : now.getTime());
  if ('base64' in value) return Buffer.from(filledIn(value.base64, placeholders)).toString('base64');
  const text = filledIn(value.text, placeholders);
  const encoding = value.encoding ?? 'hex';
  if ('hash' in value) return createHash(value.hash).update(text).digest(encoding);
  return createHmac(value.hmac, filledIn(value.key, placeholders)).update(text).digest(encoding);
}

/** The placeholders together with the computed values, each of which may use those before it. */
export function withComputed(
  values: Readonly<Record<string, ComputedValue>>,
  placeholders: Placeholders,
  now: Date,
): Placeholders {
  let known = placeholders;
  for (const [name, value] of Object.entries(values)) known = { ...known, [name]: computed(value, known, now) };
  return known;
}
