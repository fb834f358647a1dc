import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { sql } from 'kysely';
import { sweepDefinitions, sweepsWithWork } from '../../src/jobs/definitions.js';
import { Jobs } from '../../src/jobs/jobs.js';

const HOUR = 3_600_000;
let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
});
afterAll(async () => await app.end());

test('a sweep looks before its interval is over when something is due, and again at its interval', async () => {
  let passes = 0;
  let wake = () => {};
  const jobs = await Jobs.open({
    databaseUrl: app.services.config.databaseUrl as string,
    jobs: [],
    sweeps: [{ name: 'rare', everyMs: HOUR, run: async () => void (passes++, wake()) }],
    services: () => undefined,
    onError: (error) => {
      throw error;
    },
    onJob: () => {},
    stopTimeoutMs: 1_000,
  });
  const pass = async (ask: () => void) => {
    await new Promise<void>((resolve) => {
      wake = resolve;
      ask();
    });
  };
  try {
    jobs.soon('rare', 0);
    await jobs.runOnce({ housekeeping: true });
    expect(passes).toBe(1);
    await jobs.start();
    // What is due later does not put off what is due sooner.
    await pass(() => {
      jobs.soon('rare', 1);
      jobs.soon('rare', HOUR);
    });
    expect(passes).toBe(2);
    await new Promise((resolve) => setImmediate(resolve));
    await pass(() => jobs.soon('rare', 1));
    expect(passes).toBe(3);
  } finally {
    await jobs.stop();
  }
});

test('one statement tells which sweeps have work, also of those that get some while others run', async () => {
  const ran: string[] = [];
  const work = new Set(['first']);
  let looks = 0;
  const sweep = (name: string, then = () => {}) => ({
    name,
    everyMs: 1_000,
    due: () => sql`select`,
    run: async () => {
      ran.push(name);
      then();
    },
  });
  const jobs = await Jobs.open({
    databaseUrl: app.services.config.databaseUrl as string,
    jobs: [],
    sweeps: [
      sweep('idle'),
      sweep('later'),
      sweep('first', () => work.add('later')),
      { ...sweep('housekeeping'), everyMs: HOUR },
    ],
    services: () => undefined,
    withWork: async () => {
      looks++;
      return work;
    },
    onError: (error) => {
      throw error;
    },
    onJob: () => {},
    stopTimeoutMs: 1_000,
  });
  try {
    await jobs.runOnce();
    // The third look finds nothing for the one that is left.
    expect([ran, looks]).toEqual([['first', 'later'], 3]);
    await jobs.runOnce({ housekeeping: true });
    expect(ran).toEqual(['first', 'later', 'housekeeping', 'later', 'first']);
  } finally {
    await jobs.stop();
  }
});

test('an idle server finds no sweep with work', async () => {
  await app.jobs.runOnce();
  expect(await sweepsWithWork(app.services, sweepDefinitions)).toEqual(new Set());
});
