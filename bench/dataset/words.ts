/** Sizes of the generated data set, as the number of its configuration items. Everything else grows with it. */
export const SIZES = { '1k': 1_000, '10k': 10_000, '100k': 100_000 } as const;

/** One of {@link SIZES}. */
export type Size = keyof typeof SIZES;

/** Version of the shape of the data. A kept database of another version is not used. */
export const DATASET_VERSION = 4;

/** Number of targets of the largest distributions. One distribution in ten has this size. */
export const LARGE_TARGETS = 250;
export const SMALL_TARGETS = 4;
const GENERATIONS = 5;
export const DAY_MS = 86_400_000;
export const FIRST_DAY = Date.UTC(2026, 0, 1);
const DAYS = 300;

const KINDS = [
  'team',
  'team_member',
  'person',
  'deployment_tool',
  'configuration_item',
  'ci_relation',
  'dml_repository',
  'dml_item',
  'media_blob',
  'dml_item_version',
  'release',
  'contribution',
  'phase',
  'task',
  'task_dependency',
  'change',
  'release_change',
  'change_ci',
  'release_ci',
  'release_content',
  'distribution',
  'distribution_content',
  'distribution_run',
  'target_execution',
  'target_report',
  'installation',
  'domain_event',
  'schedule_entry',
] as const;
/** A table whose rows have ids of their own. */
export type Kind = (typeof KINDS)[number];

/**
 * Number of rows in the main tables for a size. Releases come in generations: each delivers the next version of its
 * item.
 */
export function counts(cis: number) {
  const items = cis / 50;
  return { cis, items, people: Math.max(20, cis / 100), teams: cis / 250, releases: items * GENERATIONS };
}

/** Days in milliseconds. */
export const days = (count: number) => count * DAY_MS;
export const HOUR_MS = 3_600_000;

/** A value of a list, chosen by an SQL expression that counts from 0. */
export const text = (values: readonly string[], at: string) =>
  `(array[${values.map((v) => `'${v}'`).join()}])[1 + ${at}]`;

/** The 12 bits of a UUID that hold the kind of a row, as SQL text. */
const kindBits = (kind: Kind) => KINDS.indexOf(kind).toString(16).padStart(3, '0');

/** A statement that fills a table: each column with its SQL expression. */
export const insert = (table: string, columns: Readonly<Record<string, string>>, from: string) =>
  `insert into ${table} (${Object.keys(columns).join(', ')})
    select ${Object.values(columns).join(',\n      ')}
    from ${from}`;

/**
 * The SQL expressions that the statements of all tables share. The database computes everything from row numbers and
 * a seed: two databases of the same size and seed are identical to the last byte, except for the token of the bench
 * person.
 */
export function wordsOf(cis: number, seed: number) {
  const n = counts(cis);
  // A UUIDv7 with the time of its row, so that ids sort by age as in a database that has grown.
  const id = (kind: Kind, row: string, ms: string) => {
    const k = KINDS.indexOf(kind);
    const time = `lpad(to_hex(${ms}), 12, '0')`;
    const random = `substr(md5('${seed}.${k}.' || (${row})), 1, 15)`;
    return `(${time} || '7' || lpad(to_hex(${k}), 3, '0') || '8' || ${random})::uuid`;
  };
  // The id of another row with its kind changed, for rows that exist once for each of those.
  const idLike = (other: string, kind: Kind) =>
    `(substr(${other}::text, 1, 15) || '${kindBits(kind)}' || substr(${other}::text, 19))::uuid`;
  const even = (row: string, of: number) => `(${FIRST_DAY} + (${row})::bigint * ${Math.floor(days(DAYS) / of)})`;
  const pick = (salt: number, row: string, of: number | string) =>
    `(abs(hashint8extended((${row})::bigint, ${seed + salt}) % (${of})))::int`;
  const instant = (ms: string) => `to_timestamp((${ms}) / 1000.0)`;
  const when = (condition: string, value: string, otherwise?: string) =>
    `case when ${condition} then ${value}${otherwise === undefined ? '' : ` else ${otherwise}`} end`;

  const person = (row: string) => id('person', row, `${FIRST_DAY}`);
  const team = (row: string) => id('team', row, `${FIRST_DAY}`);
  const tool = (row: string) => id('deployment_tool', row, `${FIRST_DAY}`);
  const repository = (row: string) => id('dml_repository', row, `${FIRST_DAY}`);
  // The records of the items are half a year older than the first release.
  const ciMs = (row: string) => `(${FIRST_DAY - days(180)} + (${row})::bigint * 100)`;
  const ci = (row: string) => id('configuration_item', row, ciMs(row));
  const item = (row: string) => id('dml_item', row, even(row, n.items));
  const version = (row: string) => id('dml_item_version', row, even(row, n.releases));
  const media = (row: string) => id('media_blob', row, even(row, n.releases));
  const release = (row: string) => id('release', row, even(row, n.releases));
  const phase = (row: string) => id('phase', row, `${even(`(${row}) / 4`, n.releases)} + (${row}) % 4`);
  const task = (row: string) => id('task', row, `${even(`(${row}) / 10`, n.releases)} + (${row}) % 10`);
  const change = (row: string) => id('change', row, `${even(`(${row}) / 3`, n.releases)} - 1000 + (${row}) % 3`);
  const distribution = (row: string) => id('distribution', row, even(row, n.releases));
  const run = (row: string) => id('distribution_run', row, even(row, n.releases));
  const execution = (row: string) =>
    id('target_execution', row, `${even(`(${row}) / 1024`, n.releases)} + (${row}) % 1024`);
  const anybody = (salt: number, row: string) => person(pick(salt, row, n.people));

  const each = (last: number) => `generate_series(0, ${last - 1}) as r`;
  // Release r delivers version r / items of item r % items. Its changes are 3r, 3r + 1 and 3r + 2: one, two or three of
  // them.
  const releaseRows = each(n.releases);
  const changeRows = `${releaseRows}, generate_series(0, r % 3) as k`;
  const large = `(r % ${n.items}) % 10 = 0`;
  const isDone = `r < ${Math.floor(n.releases * 0.8)}`;
  const ifDone = (value: string, otherwise?: string) => when(isDone, value, otherwise);
  const doneRows = `${releaseRows} where ${isDone}`;
  // The targets of a change are neighbours in the range of its product. The next generation moves on by one, so that
  // most of them are updated again.
  const targetNumber = `((r % ${n.items}) * 50 + ${when(
    `${large} and k = 0`,
    'j',
    `(k * ${SMALL_TARGETS} + j + r / ${n.items}) % 50`,
  )}) % ${n.cis} as number`;
  const lastTarget = when(`${large} and k = 0`, `${LARGE_TARGETS - 1}`, `${SMALL_TARGETS - 1}`);
  const targetRows = `${changeRows}, generate_series(0, ${lastTarget}) as j`;

  const start = instant(`${FIRST_DAY}`);
  const beginMs = even('r', n.releases);
  const begin = instant(beginMs);
  const after = (ms: number | string) => instant(`${beginMs} + ${ms}`);
  const rollOut = after(days(14));
  const rollOutDone = after(days(14) + HOUR_MS);
  const rollOutEnd = after(days(14) + 2 * HOUR_MS);
  const digest = `md5('${seed}.' || r) || md5(r || '.${seed}')`;

  return {
    n,
    id,
    idLike,
    even,
    pick,
    instant,
    when,
    person,
    team,
    tool,
    repository,
    ciMs,
    ci,
    item,
    version,
    media,
    release,
    phase,
    task,
    change,
    distribution,
    run,
    execution,
    anybody,
    each,
    releaseRows,
    changeRows,
    large,
    isDone,
    ifDone,
    doneRows,
    targetNumber,
    lastTarget,
    targetRows,
    start,
    beginMs,
    begin,
    after,
    rollOut,
    rollOutDone,
    rollOutEnd,
    digest,
  };
}

/** See {@link wordsOf}. */
export type Words = ReturnType<typeof wordsOf>;
