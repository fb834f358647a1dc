import { request } from 'node:http';
import type { TestApp } from './app.js';

const TICK_MS = 2;

/** The longest turn of the event loop, in milliseconds of processor time: what other processes take is not in it. */
async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let used = process.threadCpuUsage();
  const timer = setInterval(() => {
    const { user, system } = process.threadCpuUsage(used);
    longest = Math.max(longest, (user + system) / 1_000);
    used = process.threadCpuUsage();
  }, TICK_MS);
  try {
    await work();
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  } finally {
    clearInterval(timer);
  }
  return longest;
}

/**
 * The longest turn of some work, the shortest of up to three runs: what happens every time. A collection of garbage,
 * which may be due to the test, hits one run or another. It stops at the first that is short enough.
 */
export async function usualLongestTurn(work: () => Promise<unknown>, enough: number, times = 3): Promise<number> {
  let usual = Number.POSITIVE_INFINITY;
  for (let time = 0; time < times && usual >= enough; time++) usual = Math.min(usual, await longestTurn(work));
  return usual;
}

/** An answer of which only the beginning is kept: reading all of it would hold the event loop of the test itself. */
export interface Answer {
  readonly start: string;
  readonly bytes: number;
}

/** Sends a query and throws most of the answer away. */
export async function ask(app: TestApp, token: string, query: string): Promise<Answer> {
  return await new Promise((done, failed) => {
    const sent = request(
      `${app.url}/graphql`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
      },
      (response) => {
        let start = '';
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          if (start.length < 2_000) start += chunk.toString();
          bytes += chunk.length;
        });
        response.on('end', () => done({ start, bytes }));
        response.on('error', failed);
      },
    );
    sent.on('error', failed);
    sent.end(JSON.stringify({ query }));
  });
}
