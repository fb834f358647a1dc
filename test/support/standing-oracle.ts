import type { QueryResultRow } from 'pg';

type Row = QueryResultRow;

/** Reads whole tables. */
export type ReadTable = (text: string) => Promise<Row[]>;

const LATER = [
  'DISTRIBUTING',
  'DEPLOYED',
  'PARTIALLY_DEPLOYED',
  'FAILED',
  'BACKING_OUT',
  'BACKED_OUT',
  'CLOSED',
  'CANCELLED',
];
const line = (parts: unknown[], from: string, to: string) =>
  [...parts, ...[from, to].map((at) => new Date(at).toISOString())].join(' ');

/**
 * An oracle of the conflicts that work has by itself, which shares nothing with the product: it reads whole tables and
 * compares every row with every other one.
 */
export async function standingOracle(read: ReadTable): Promise<string[]> {
  const table = async (name: string) => await read(`select * from ${name}`);
  const [entries, releases, distributions] = [
    (await table('schedule_entry')).filter((row) => row['live']),
    await table('release'),
    await table('distribution'),
  ];
  const [packed, sent, versions] = [
    await table('release_content'),
    await table('distribution_content'),
    await table('dml_item_version'),
  ];
  const found: string[] = [];
  const unauthorised = (entry: Row, rows: Row[]) => {
    for (const { dml_item_version_id: id } of rows) {
      const state = versions.find((version) => version['id'] === id)?.['state'] as string;
      if (state === 'AUTHORISED') continue;
      const severity = state === 'RECALLED' || state === 'RETIRED' ? 'HIGH' : 'MEDIUM';
      found.push(line(['MEDIA_NOT_AUTHORISED', severity, entry['id'], id], entry['starts_at'], entry['ends_at']));
    }
  };
  for (const entry of entries) {
    const release = releases.find((row) => row['id'] === entry['release_id']);
    if (release === undefined) continue;
    if (entry['kind'] === 'DISTRIBUTION') {
      const distribution = distributions.find((row) => row['id'] === entry['distribution_id']) as Row;
      if (distribution['operation'] === 'INSTALL' && !distribution['started_at'] && distribution['state'] !== 'MISSED')
        unauthorised(
          entry,
          sent.filter((row) => row['distribution_id'] === distribution['id']),
        );
      continue;
    }
    if (!LATER.includes(release['state']))
      unauthorised(
        entry,
        packed.filter((row) => row['release_id'] === release['id']),
      );
  }
  return found.sort();
}

/** The kept conflicts of the same kind, in the same words. */
export const keptStanding = async (read: ReadTable): Promise<string[]> =>
  (await read(`select * from schedule_conflict where kind = 'MEDIA_NOT_AUTHORISED'`))
    .map((row) =>
      line([row['kind'], row['severity'], row['left_id'], row['right_id']], row['starts_at'], row['ends_at']),
    )
    .sort();
