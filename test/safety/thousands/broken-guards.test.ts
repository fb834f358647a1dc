import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Break } from '../break.js';
import { BREAKS } from '../breaks.js';
import { FORGETFUL } from '../forgetful-breaks.js';
import { MORE_BREAKS } from '../more-breaks.js';
import { violations } from '../player.js';
import { Stage } from '../stage.js';
import { sql } from '../sql.js';
import { Shelf } from '../world.js';

let stage: Stage;
let shelf: Shelf;

beforeAll(async () => {
  stage = await Stage.open();
  shelf = await Shelf.stock(stage);
});
afterAll(async () => await stage.end());

/** Has the database drop every contribution while something runs: nobody is remembered as an author. */
async function forgetting<T>(act: () => Promise<T>): Promise<T> {
  await sql(stage, `create function forget() returns trigger as 'begin return null; end' language plpgsql`);
  await sql(stage, 'create trigger forget before insert on contribution for each row execute function forget()');
  try {
    return await act();
  } finally {
    await sql(stage, 'drop function forget() cascade');
  }
}

/** Takes rules out of their machines while something runs. */
async function without<T>(broken: Break, act: () => Promise<T>): Promise<T> {
  return broken.forgets === true ? await forgetting(act) : await withoutRules(broken, act);
}

async function withoutRules<T>({ guards, rows: gone = [] }: Break, act: () => Promise<T>): Promise<T> {
  const rows = guards.flatMap(([machine, guard]) => {
    const found = machine.rows.filter((row) => row.guards?.includes(guard as never));
    if (found.length === 0) throw new Error(`No row of the ${machine.name} has this guard.`);
    return found;
  });
  const before = rows.map(({ guards: known }) => known);
  const broken = guards.map(([, guard]) => guard);
  const whole = gone.map(([machine, command, from]) => {
    const all = machine.rows as unknown as { command: string; from: string | readonly string[] }[];
    const found = all.filter((row) => row.command === command && [row.from].flat().includes(from));
    if (found.length === 0) throw new Error(`The ${machine.name} has no ${command} from ${from}.`);
    return { all, before: [...all], after: all.filter((row) => !found.includes(row)) };
  });
  for (const { all, after } of whole) all.splice(0, all.length, ...after);
  for (const row of rows) Object.assign(row, { guards: row.guards?.filter((guard) => !broken.includes(guard)) });
  try {
    return await act();
  } finally {
    for (const { all, before: known } of whole) all.splice(0, all.length, ...known);
    rows.toReversed().forEach((row, index) => Object.assign(row, { guards: before.toReversed()[index] }));
  }
}

const ALL = { ...BREAKS, ...MORE_BREAKS, ...FORGETFUL };

describe.each(Object.entries(ALL))('the rule that %s', (_name, broken) => {
  const { promise, unsafe } = broken;

  test('prevents what the oracle forbids', async () => {
    const answers = await unsafe(stage, shelf);
    expect(answers.map(({ ok }) => ok)).toEqual(answers.map(() => false));
    expect(violations(stage)).toEqual([]);
  });

  test('is missed when it is gone: the oracle sees what it prevented', async () => {
    const answers = await without(broken, async () => await unsafe(stage, shelf));
    expect(answers.map(({ codes }) => codes)).toEqual(answers.map(() => []));
    expect(violations(stage)).toContainEqual(expect.stringContaining(promise));
  });
});
