import type { ReadTable } from './standing-oracle.js';

const HOUR = 3_600_000;
const millis = (at: unknown) => new Date(at as string).getTime();
const DONE = ['COMPLETED', 'SKIPPED', 'CANCELLED'];
const OVER = ['CLOSED', 'CANCELLED'];

/**
 * An oracle of teams with too many tasks at once, which shares nothing with the product: it reads whole tables, and
 * compares every task with every other one, and follows each hour by hour. Tasks begin and end at full hours.
 */
export async function teamOracle(read: ReadTable): Promise<string[]> {
  const table = async (name: string) => await read(`select * from ${name}`);
  const [teams, members, people] = [await table('team'), await table('team_member'), await table('person')];
  const [tasks, releases] = [await table('task'), await table('release')];
  const found: string[] = [];
  for (const team of teams) {
    const max = team['max_tasks_at_once'] as number | null;
    if (max === null) continue;
    const own = tasks
      .filter((task) => {
        const release = releases.find((row) => row['id'] === task['release_id']);
        const person = people.find((row) => row['id'] === task['assignee_id']);
        return (
          person?.['active'] === true &&
          members.some((row) => row['team_id'] === team['id'] && row['person_id'] === person['id']) &&
          !DONE.includes(task['state'] as string) &&
          !OVER.includes(release?.['state'] as string)
        );
      })
      .map((task) => ({
        id: task['id'] as string,
        from: millis(task['planned_start']),
        to: millis(task['planned_end']),
      }));
    for (const task of own) {
      const earlier = own.filter(({ id, from }) => from < task.from || (from === task.from && id <= task.id));
      const isOver = (at: number) => earlier.filter(({ from, to }) => from <= at && at < to).length > max;
      let end = task.from;
      while (end < task.to && isOver(end)) end += HOUR;
      if (end > task.from)
        found.push([team['id'], task.id, new Date(task.from).toISOString(), new Date(end).toISOString()].join(' '));
    }
  }
  return found.sort();
}

/** The kept conflicts of teams, in the same words. */
export const keptOfTeams = async (read: ReadTable): Promise<string[]> =>
  (await read(`select * from schedule_conflict where kind = 'TEAM_OVERLOAD'`))
    .map((row) =>
      [
        row['team_id'],
        row['left_id'],
        ...['starts_at', 'ends_at'].map((at) => new Date(row[at] as string).toISOString()),
      ].join(' '),
    )
    .sort();
