import type { Steps } from '../../domain/steps.js';
import { inTurns } from '../../facts/turns.js';

/** A value with at least so many values in it is written in several steps. */
const LARGE = 2_000;

type Json = Readonly<Record<string, unknown>> | readonly unknown[];

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && typeof (value as { toJSON?: unknown }).toJSON !== 'function';

/** How many values there are in a value, as far as `most`. */
function sizeOf(value: unknown, most: number): number {
  let size = 1;
  if (isJson(value))
    for (const inner of Object.values(value)) {
      if (size >= most) break;
      size += sizeOf(inner, most - size);
    }
  return size;
}

const isLarge = (value: unknown): boolean => sizeOf(value, LARGE) >= LARGE;

function* jsonSteps(value: Json): Steps<string> {
  const isList = Array.isArray(value);
  const parts: string[] = [];
  for (const [name, inner] of Object.entries(value)) {
    const text = isJson(inner) && isLarge(inner) ? yield* jsonSteps(inner) : JSON.stringify(inner);
    yield;
    if (isList) parts.push(text ?? 'null');
    else if (text !== undefined) parts.push(`${JSON.stringify(name)}:${text}`);
  }
  return isList ? `[${parts.join()}]` : `{${parts.join()}}`;
}

/** The text that `JSON.stringify` writes; that of a large value in turns. */
export function jsonText(value: Json): string | Promise<string> {
  return isLarge(value) ? inTurns(jsonSteps(value)) : JSON.stringify(value);
}
