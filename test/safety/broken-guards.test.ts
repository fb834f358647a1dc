import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BREAKS, type Break } from './breaks.js';
import { violations } from './player.js';
import { Stage } from './stage.js';
import { Shelf } from './world.js';

let stage: Stage;
let shelf: Shelf;

beforeAll(async () => {
  stage = await Stage.open();
  shelf = await Shelf.stock(stage);
});
afterAll(async () => await stage.end());

/** Takes rules out of their machines while something runs. */
async function without<T>(guards: Break['guards'], act: () => Promise<T>): Promise<T> {
  const rows = guards.flatMap(([machine, guard]) => {
    const found = machine.rows.filter((row) => row.guards?.includes(guard as never));
    if (found.length === 0) throw new Error(`No row of the ${machine.name} has this guard.`);
    return found;
  });
  const before = rows.map(({ guards: known }) => known);
  const broken = guards.map(([, guard]) => guard);
  for (const row of rows) Object.assign(row, { guards: row.guards?.filter((guard) => !broken.includes(guard)) });
  try {
    return await act();
  } finally {
    rows.toReversed().forEach((row, index) => Object.assign(row, { guards: before.toReversed()[index] }));
  }
}

describe.each(Object.entries(BREAKS))('the rule that %s', (_name, { guards, promise, unsafe }) => {
  test('prevents what the oracle forbids', async () => {
    const answers = await unsafe(stage, shelf);
    expect(answers.map(({ ok }) => ok)).toEqual(answers.map(() => false));
    expect(violations(stage)).toEqual([]);
  });

  test('is missed when it is gone: the oracle sees what it prevented', async () => {
    const answers = await without(guards, async () => await unsafe(stage, shelf));
    expect(answers.map(({ codes }) => codes)).toEqual(answers.map(() => []));
    expect(violations(stage)).toContainEqual(expect.stringContaining(promise));
  });
});
