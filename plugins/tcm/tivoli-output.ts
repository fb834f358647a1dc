/**
 * What the programs of the product print, as data. The forms in this file are the ones that public sources prove
 * (enterprise-Q, `deansleonard/EQServer`); everything else is a pattern of a profile. Pure.
 */

/** The head of each block of a queue, as `wmdist -I` prints it. */
const BLOCK = /^.*=== Distribution Information ===.*$/mu;
/** A target in a block. */
const TARGET = /^Target:\s+(.+)\s+State:\s+(.*)$/u;
/** Where the long canned text after an error begins. */
const CANNED = /Summary of possible error conditions:|Please refer\b/u;
/** A time, as `wmdist -l -i ID -v` prints it. */
const TIME = /^(\d{4})\.(\d{2})\.(\d{2}) (\d{2}):(\d{2}):(\d{2})$/u;
const MAX_MESSAGE = 500;

/** The state of a target in the queue of a gateway, or in a list. */
export interface TransportLine {
  readonly endpoint: string;
  /** Verbatim. */
  readonly state: string;
  /** ISO 8601. */
  readonly at?: string;
  readonly detail?: string;
}

/** A result in the log of a package. */
export interface ResultLine extends TransportLine {
  /** The run, where the log names it. */
  readonly id?: string;
  /** The package as the log names it. */
  readonly package?: string;
}

/** The name of an endpoint, which some outputs spell `@Endpoint:name`. */
function endpointIn(text: string): string {
  return text.trim().replace(/^@Endpoint:/u, '');
}

/** The targets in the queue of a gateway, by the run that its block names. A block of no known run is left out. */
export function queueOf(text: string, runId: string): Map<string, TransportLine[]> {
  const named = new RegExp(runId, 'mu');
  const runs = new Map<string, TransportLine[]>();
  for (const block of text.split(BLOCK).slice(1)) {
    const id = named.exec(block)?.groups?.['id'];
    if (id === undefined) continue;
    const lines = block.split(/\r?\n/u).flatMap((line) => {
      const [, target, state] = TARGET.exec(line.trim()) ?? [];
      return target === undefined || state === undefined ? [] : [{ endpoint: endpointIn(target), state: state.trim() }];
    });
    runs.set(id, [...(runs.get(id) ?? []), ...lines]);
  }
  return runs;
}

/** The lines of an output that fit a pattern, as its groups. */
export function matchesIn(text: string, pattern: string): Readonly<Record<string, string | undefined>>[] {
  const line = new RegExp(pattern, 'u');
  return text.split(/\r?\n/u).flatMap((one) => {
    const groups = line.exec(one)?.groups;
    return groups === undefined ? [] : [groups];
  });
}

/** The offset of a time zone at an instant, in milliseconds. */
function offsetAt(instant: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instant);
  const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value);
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return shown - Math.floor(instant / 1000) * 1000;
}

/** A time of the product as ISO 8601; undefined for any other text, and for a day that does not exist. */
export function instantOf(text: string | undefined, timeZone: string): string | undefined {
  const [, ...fields] = TIME.exec((text ?? '').trim()) ?? [];
  if (fields.length === 0) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields.map(Number);
  const shown = Date.UTC(year, month - 1, day, hour, minute, second);
  if (new Date(shown).getUTCDate() !== day || hour > 23 || minute > 59 || second > 59) return undefined;
  // The offset near the instant; once more, because the first guess may lie on the other side of a change.
  const guess = shown - offsetAt(shown, timeZone);
  return new Date(shown - offsetAt(guess, timeZone)).toISOString();
}

/** The targets in a list of one run. */
export function listOf(text: string, pattern: string, timeZone: string): TransportLine[] {
  return matchesIn(text, pattern).flatMap(({ target, state, time, detail }) => {
    if (target === undefined || state === undefined) return [];
    const at = instantOf(time, timeZone);
    return [
      {
        endpoint: endpointIn(target),
        state: state.trim(),
        ...(at !== undefined && { at }),
        ...(detail !== undefined && { detail: detail.trim() }),
      },
    ];
  });
}

/** The results in the log of a package, oldest first. */
export function resultsOf(text: string, pattern: string, timeZone: string): ResultLine[] {
  return matchesIn(text, pattern).flatMap(({ target, result, id, time, package: of, detail }) => {
    if (target === undefined || result === undefined) return [];
    const at = instantOf(time, timeZone);
    return [
      {
        endpoint: endpointIn(target),
        state: result.trim(),
        ...(at !== undefined && { at }),
        ...(detail !== undefined && { detail: detail.trim() }),
        ...(id !== undefined && { id: id.trim() }),
        ...(of !== undefined && { package: of.trim() }),
      },
    ];
  });
}

/** The words of an error, without the canned text that follows them, on one line. */
export function errorTextOf(text: string): string {
  const [said = ''] = text.split(CANNED, 1);
  const line = said.replace(/\s+/gu, ' ').trim();
  return line.length <= MAX_MESSAGE ? line : `${line.slice(0, MAX_MESSAGE)}…`;
}
