import type { ReadTable } from './standing-oracle.js';

const AHEAD = ['DRAFT', 'PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED', 'SCHEDULED', 'COMMUNICATED'];
const line = (parts: unknown[], from: string, to: string) =>
  [...parts, ...[from, to].map((at) => new Date(at).toISOString())].join(' ');

/**
 * An oracle of the order of releases, which shares nothing with the product: it reads whole tables and compares the
 * bookings of each release with those of each release that it depends on.
 */
export async function dependencyOracle(read: ReadTable): Promise<string[]> {
  const entries = (await read('select * from schedule_entry')).filter((row) => row['live'] && row['release_id']);
  const releases = new Map((await read('select * from release')).map((row) => [row['id'], row]));
  const standing = (id: unknown) => {
    const own = entries.filter((row) => row['release_id'] === id);
    const slots = own.filter((row) => row['kind'] === 'RELEASE');
    return slots.length > 0 ? slots : own;
  };
  const found: string[] = [];
  for (const { release_id: id, predecessor_id: before } of await read('select * from release_dependency')) {
    if (!AHEAD.includes(releases.get(id)?.['state'] as string) || releases.get(before)?.['deployed_at']) continue;
    const last = standing(before).sort(
      (a, b) => Number(b['ends_at']) - Number(a['ends_at']) || (a['id'] < b['id'] ? 1 : -1),
    )[0];
    if (last === undefined) continue;
    for (const entry of standing(id))
      if (entry['starts_at'] < last['ends_at'])
        found.push(line([entry['id'], last['id']], entry['starts_at'], last['ends_at']));
  }
  return found.sort();
}

/** The kept conflicts of the same kind, in the same words. */
export const keptDependencies = async (read: ReadTable): Promise<string[]> =>
  (await read(`select * from schedule_conflict where kind = 'DEPENDENCY_ORDER'`))
    .map((row) => line([row['left_id'], row['right_id']], row['starts_at'], row['ends_at']))
    .sort();
