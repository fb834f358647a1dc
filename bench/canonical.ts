import { parseNodeId } from '../src/domain/node-id.js';

const INSTANT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}/;

function text(value: string): string {
  const id = /^[a-z]{2,4}_[0-9a-z]{26}$/.test(value) ? parseNodeId(value) : undefined;
  if (id) return id.uuid;
  return INSTANT.test(value) ? new Date(value.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')).toISOString() : value;
}

/**
 * The content of an answer without the form of its server: connections are lists, ids are uuids, instants have one
 * format, and keys are in order. Two servers return the same data if this is equal.
 */
export function canonical(value: unknown): unknown {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') return String(value); // PostGraphile writes large numbers as text
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(canonical);
  const entries = Object.entries(value);
  const [only] = entries;
  // A connection with only its nodes selected, or a link row with only its linked object selected.
  if (entries.length === 1 && only && (only[0] === 'nodes' || only[0] === 'link')) return canonical(only[1]);
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, canonical(inner)]),
  );
}

/** The first difference between two canonical answers; undefined if they are equal. */
export function difference(a: unknown, b: unknown, path = 'data'): string | undefined {
  if (Object.is(a, b)) return undefined;
  if (
    a === null ||
    b === null ||
    typeof a !== 'object' ||
    typeof b !== 'object' ||
    Array.isArray(a) !== Array.isArray(b)
  )
    return `${path}: ${JSON.stringify(a)} and ${JSON.stringify(b)}`.slice(0, 400);
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const found = difference(left[key], right[key], `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
