import { randomBytes } from 'node:crypto';
import { parseNodeId, toNodeId } from '../../domain/node-id.js';
import { problemOfText } from '../../domain/value.js';

// A statement does not depend on which object a client asks for, or on where in a list the page starts, only on the
// kind of the id or cursor. So it is planned by example: made-up values replace the ids and cursors among the
// variables, and every request puts its own values where the plan has the made-up ones.

/** Variables with made-up ids and cursors, and the real values that they stand for. */
export interface Example {
  /** What the plan depends on, as text: the variables, with the kind of each id and cursor in its place. */
  readonly shape: string;
  readonly variables: Record<string, unknown>;
  /** The real values by the made-up ones. */
  readonly real: ReadonlyMap<string, string>;
}

// Random, so that no text of a client equals a made-up value.
const SECRET = randomBytes(12).toString('hex');
const ID_START = [SECRET.slice(0, 8), SECRET.slice(8, 12), `7${SECRET.slice(12, 15)}`, `8${SECRET.slice(15, 18)}`].join(
  '-',
);
const madeUpId = (n: number) => `${ID_START}-${n.toString(16).padStart(12, '0')}`;
const madeUpText = (n: number) => `${SECRET} ${n}`;
/** Whether a value of a cursor stands for the real one while a statement is planned. No client can write such. */
export const isMadeUp = (value: unknown): boolean => typeof value === 'string' && value.startsWith(`${SECRET} `);

const MAYBE_CURSOR = /^[A-Za-z0-9_-]{8,2000}$/;

// The values of a cursor that holds only texts; cursors with numbers remain as they are, and those with texts that
// would reach the statement as other ones.
function cursorTexts(text: string): readonly string[] | undefined {
  if (!MAYBE_CURSOR.test(text) || !text.startsWith('WyJ')) return undefined; // base64url of `["`
  try {
    const values = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown;
    return Array.isArray(values) &&
      values.length > 1 &&
      values.every((value) => typeof value === 'string' && problemOfText(value) === undefined)
      ? (values as string[])
      : undefined;
  } catch {
    return undefined;
  }
}

/** Replaces the ids and cursors among variables by made-up ones. */
export function exampleOf(variables: Record<string, unknown>): Example {
  const real = new Map<string, string>();
  const replace = (text: string): { readonly kind: string; readonly madeUp: string } | undefined => {
    const id = text.length > 27 ? parseNodeId(text) : undefined;
    if (id) {
      const uuid = madeUpId(real.size);
      real.set(uuid, id.uuid);
      return { kind: `${SECRET} id ${id.type}`, madeUp: toNodeId(id.type, uuid) };
    }
    const texts = cursorTexts(text);
    if (!texts) return undefined;
    const madeUp = texts.slice(1).map((value) => {
      const stand = madeUpText(real.size);
      real.set(stand, value);
      return stand;
    });
    return {
      kind: `${SECRET} cursor ${texts[0]} ${madeUp.length}`,
      madeUp: Buffer.from(JSON.stringify([texts[0], ...madeUp])).toString('base64url'),
    };
  };
  const walk = (value: unknown): { readonly shape: unknown; readonly madeUp: unknown } => {
    if (typeof value === 'string') {
      const found = replace(value);
      return found ? { shape: found.kind, madeUp: found.madeUp } : { shape: value, madeUp: value };
    }
    if (value === null || typeof value !== 'object') return { shape: value, madeUp: value };
    if (Array.isArray(value)) {
      const items = value.map(walk);
      return { shape: items.map(({ shape }) => shape), madeUp: items.map(({ madeUp }) => madeUp) };
    }
    const entries = Object.entries(value).map(([name, inner]) => [name, walk(inner)] as const);
    return {
      shape: Object.fromEntries(entries.map(([name, { shape }]) => [name, shape])),
      madeUp: Object.fromEntries(entries.map(([name, { madeUp }]) => [name, madeUp])),
    };
  };
  const { shape, madeUp } = walk(variables);
  return { shape: JSON.stringify(shape), variables: madeUp as Record<string, unknown>, real };
}

/**
 * Finds the made-up values among the values of a statement.
 * @returns their positions; undefined when one is missing. Then the plan used it in some other way and holds for these
 * variables only.
 */
export function slotsOf(values: readonly unknown[], real: ReadonlyMap<string, string>): readonly number[] | undefined {
  const found = new Set<string>();
  const slots: number[] = [];
  const look = (value: unknown): boolean => {
    if (typeof value === 'string' && real.has(value)) {
      found.add(value);
      return true;
    }
    return Array.isArray(value) && value.map(look).some(Boolean);
  };
  values.forEach((value, index) => {
    if (look(value)) slots.push(index);
  });
  return found.size === real.size ? slots : undefined;
}

/**
 * Puts the real values in their slots.
 * @param real of any example of the same shape: all of them use the same made-up values.
 */
export function filled(
  values: readonly unknown[],
  slots: readonly number[],
  real: ReadonlyMap<string, string>,
): readonly unknown[] {
  const put = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(put) : typeof value === 'string' ? (real.get(value) ?? value) : value;
  const all = [...values];
  for (const slot of slots) all[slot] = put(all[slot]);
  return all;
}
