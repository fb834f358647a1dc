import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { playSequence } from './player.js';
import { sequenceLines, sortOut, tallyText } from './report.js';
import { Stage } from './stage.js';
import { Shelf } from './world.js';

/** Least that must have happened per hundred sequences, so that "no violation" means something. */
const LEAST_PER_HUNDRED: Readonly<Record<string, number>> = {
  accepted: 1_000,
  refused: 500,
  'sent first': 40,
  'starts accepted': 10,
  'sent back-out': 5,
  'release DEPLOYED': 15,
  'accepted releaseAccept': 40,
  'accepted releaseSchedule': 40,
  'sent REMOVE in a back-out': 1,
  'refused by a window that repeats': 2,
  'templated release DEPLOYED': 1,
  'a person reports SUCCEEDED': 5,
  'told late': 2,
  'preflight block': 1,
  'held until it is verified': 0.2,
  'refused TARGET_LIMIT': 5,
  'refused TASK_PREDECESSOR': 0.2,
  'sent with a task': 1,
  'sent with a policy': 1,
  'sent to a group': 5,
  'retried by itself': 0.2,
};

/** What happened less often than it must, for a run to mean something. */
const tooSeldom = (tally: ReadonlyMap<string, number>, sequences: number): string[] =>
  Object.entries(LEAST_PER_HUNDRED)
    .filter(([what, least]) => (tally.get(what) ?? 0) * 100 < least * sequences)
    .map(([what, least]) => `${tally.get(what) ?? 0} times "${what}" is less than ${least} per hundred sequences`);

/**
 * Plays sequences and has the oracle judge each. The seed of a sequence is printed when it is violated; with
 * INTERLOCK_TEST_SAFETY_SEED the tests play that one alone.
 * @param seeds the sequences.
 * @param timeoutMs most time for all of them.
 */
export function expectNoViolation(seeds: readonly number[], timeoutMs: number): void {
  let stage: Stage;
  let shelf: Shelf;

  beforeAll(async () => {
    stage = await Stage.open();
    shelf = await Shelf.stock(stage);
  });
  afterAll(async () => await stage.end());

  const alone = process.env['INTERLOCK_TEST_SAFETY_SEED'];
  const chosen = alone === undefined ? seeds : [Number(alone)];

  test(
    `the oracle finds no violation in ${chosen.length} sequences`,
    async () => {
      const open = new Set<string>();
      const violated: string[] = [];
      for (const seed of chosen) {
        const found = sortOut(await playSequence(stage, shelf, seed));
        found.open.forEach((why) => open.add(why));
        if (found.others.length === 0) continue;
        violated.push(`INTERLOCK_TEST_SAFETY_SEED=${seed}`, ...found.others, ...sequenceLines(stage));
        break;
      }
      process.stdout.write(`${tallyText(stage.tally)}\n${[...open].map((why) => `NOT YET: ${why}\n`).join('')}`);
      expect(violated).toEqual([]);
      if (alone === undefined) expect(tooSeldom(stage.tally, chosen.length)).toEqual([]);
    },
    timeoutMs,
  );
}
