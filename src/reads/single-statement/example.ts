import { randomBytes } from 'node:crypto';
import { parseNodeId, toNodeId } from '../../domain/node-id.js';
import { problemOfText } from '../../domain/value.js';

// A statement does not depend on which object a client asks for, or on where in a list the page starts, only on the
// kind of the id or cursor. So it is planned by example: made-up values replace the ids and cursors among the
// variables, and every request puts its own values where the plan has the made-up ones.

/** What a plan depends on among the variables, and the values that it does not depend on. */
export interface Shape {
  /** The variables as text, with the kind of each id and cursor in its place. */
  readonly text: string;
  /** The real values of the ids and cursors, in the order of their places. */
  readonly real: readonly string[];
}

/** Variables with made-up ids and cursors. */
export interface Example {
  readonly variables: Record<string, unknown>;
  /** The places of the made-up values among those that a request has, by the made-up value. */
  readonly places: ReadonlyMap<string, number>;
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

/** What to plan for, of variables that are coerced. Every request asks it, so it walks the variables once. */
export function shapeOf(variables: Readonly<Record<string, unknown>>): Shape {
  const real: string[] = [];
  const textOf = (text: string): string => {
    const id = text.length > 27 ? parseNodeId(text) : undefined;
    if (id) {
      real.push(id.uuid);
      return `"${SECRET} id ${id.type}"`;
    }
    const texts = cursorTexts(text);
    if (!texts) return JSON.stringify(text);
    for (let i = 1; i < texts.length; i++) real.push(texts[i] as string);
    return JSON.stringify(`${SECRET} cursor ${texts[0]} ${texts.length - 1}`);
  };
  const walk = (value: unknown): string => {
    if (typeof value === 'string') return textOf(value);
    if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? '';
    if (Array.isArray(value)) return `[${value.map(walk).join()}]`;
    let text = '{';
    for (const [name, inner] of Object.entries(value)) text += `${JSON.stringify(name)}:${walk(inner)},`;
    return `${text}}`;
  };
  return { text: walk(variables), real };
}

/** Replaces the ids and cursors among variables by made-up ones: the same for all variables of one shape. */
export function exampleOf(variables: Readonly<Record<string, unknown>>): Example {
  const places = new Map<string, number>();
  const replace = (text: string): string => {
    const id = text.length > 27 ? parseNodeId(text) : undefined;
    if (id) {
      const uuid = madeUpId(places.size);
      places.set(uuid, places.size);
      return toNodeId(id.type, uuid);
    }
    const texts = cursorTexts(text);
    if (!texts) return text;
    const madeUp = texts.slice(1).map(() => {
      const stand = madeUpText(places.size);
      places.set(stand, places.size);
      return stand;
    });
    return Buffer.from(JSON.stringify([texts[0], ...madeUp])).toString('base64url');
  };
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return replace(value);
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map(walk);
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, walk(inner)]));
  };
  return { variables: walk(variables) as Record<string, unknown>, places };
}

/**
 * A value of a statement: a list of such values, the place of a real value, or a value that is the same for all
 * requests.
 */
type Slot = { readonly list: readonly Slot[] } | { readonly place: number } | { readonly value: unknown };

/** The values of a statement that are not the same for all requests of a shape, by their positions. */
export type Slots = readonly (readonly [position: number, slot: Slot])[];

/**
 * Finds the made-up values among the values of a statement.
 * @returns undefined when one is missing. Then the plan used it in some other way and holds for these variables only.
 */
export function slotsOf(values: readonly unknown[], places: ReadonlyMap<string, number>): Slots | undefined {
  const found = new Set<number>();
  const look = (value: unknown): { readonly slot: Slot; readonly varies: boolean } => {
    const place = typeof value === 'string' ? places.get(value) : undefined;
    if (place !== undefined) {
      found.add(place);
      return { slot: { place }, varies: true };
    }
    if (!Array.isArray(value)) return { slot: { value }, varies: false };
    const items = value.map(look);
    return { slot: { list: items.map(({ slot }) => slot) }, varies: items.some(({ varies }) => varies) };
  };
  const slots = values.flatMap((value, position): Slots => {
    const { slot, varies } = look(value);
    return varies ? [[position, slot]] : [];
  });
  return found.size === places.size ? slots : undefined;
}

const put = (slot: Slot, real: readonly string[]): unknown =>
  'place' in slot ? real[slot.place] : 'list' in slot ? slot.list.map((inner) => put(inner, real)) : slot.value;

/** Puts the real values of a request into their slots. */
export function filled(values: readonly unknown[], slots: Slots, real: readonly string[]): readonly unknown[] {
  const all = [...values];
  for (const [position, slot] of slots) all[position] = put(slot, real);
  return all;
}
