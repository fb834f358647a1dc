import { NOT_YET } from './not-yet.js';
import type { Stage } from './stage.js';

/** What a run was worth, as text: how much of each thing happened. */
export const tallyText = (tally: ReadonlyMap<string, number>): string =>
  [...tally]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([what, count]) => `${String(count).padStart(7)} ${what}`)
    .join('\n');

/** The sequence as a list of accepted commands and starts, so that a violation can be understood without playing it. */
export function sequenceLines({ log, people }: Stage): string[] {
  const names = new Map([...people].map(([name, { id }]) => [id, name]));
  const first = log.deeds.find(({ command }) => command === 'releaseCreate')?.at ?? 0;
  const lines = [
    ...log.deeds
      .filter(({ command }) => !command.startsWith('dmlItemVersionRegister'))
      .map(
        ({ at, by, command, on, input }) => [at, `${names.get(by)} ${command} ${on} ${JSON.stringify(input)}`] as const,
      ),
    ...log.starts.map(
      ({ at, how, kind, distribution, release }) =>
        [at, `  ${how} ${kind} ${distribution.number} ${distribution.id} of ${release.number}`] as const,
    ),
    ...log.ends.map(({ at, noun, number, claim }) => [at, `  ${noun} ${number} ${claim}`] as const),
  ];
  return lines
    .sort(([a], [b]) => a - b)
    .map(([at, text]) => `${String(Math.round((at - first) / 60_000)).padStart(6)} min ${text}`);
}

/** Divides violations into those that are known to be open, by what is missing, and the others. */
export function sortOut(found: readonly string[]): { readonly open: string[]; readonly others: string[] } {
  const reason = (text: string) => NOT_YET.find((known) => known.found.test(text))?.why;
  return {
    open: [...new Set(found.map(reason).filter((why) => why !== undefined))],
    others: found.filter((text) => reason(text) === undefined),
  };
}
