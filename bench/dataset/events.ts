import { DAY_MS, insert, type Words } from './words.js';

/** Tables whose rows have a number from a sequence. */
const NUMBERED = [
  'release',
  'change',
  'task',
  'configuration_item',
  'distribution',
  'dml_repository',
  'dml_item',
  'dml_item_version',
] as const;

/** The event log. */
export const eventsRows = ({
  n,
  id,
  instant,
  person,
  ciMs,
  ci,
  release,
  anybody,
  each,
  releaseRows,
  beginMs,
  after,
}: Words): string[] => [
  insert(
    'domain_event',
    {
      id: 'id',
      position: 'row_number() over (order by at, id)',
      sequence: 'row_number() over (order by at, id)',
      type: 'type',
      aggregate_type: 'aggregate_type',
      aggregate_id: 'aggregate_id',
      aggregate_version: 'aggregate_version',
      topics: 'array[aggregate_id]',
      at: 'at',
      actor_id: 'actor_id',
      actor_name: `'Bench'`,
      request_id: `'bench-' || id`,
      payload: 'payload',
    },
    `(select ${id('domain_event', 'r', ciMs('r'))} as id,
        'configuration-item.registered' as type,
        'ConfigurationItem' as aggregate_type,
        ${ci('r')} as aggregate_id,
        1 as aggregate_version,
        ${instant(ciMs('r'))} as at,
        ${person('0')} as actor_id,
        jsonb_build_object('subject', jsonb_build_object(
          'number', 'CI-' || 1001 + r, 'name', null, 'state', 'DISCOVERED')) as payload
      from ${each(n.cis)}
      union all
      select ${id('domain_event', `${n.cis} + r * 10 + k`, `${beginMs} + k`)},
        'release.updated',
        'Release',
        ${release('r')},
        k + 1,
        ${after(`k * ${DAY_MS}`)},
        ${anybody(15, 'r')},
        jsonb_build_object('subject', jsonb_build_object(
          'number', 'REL-' || 1001 + r, 'name', 'Release of product', 'state', 'PLANNING'))
      from ${releaseRows}, generate_series(0, 9) as k) happened`,
  ),
  `insert into event_zone select position / 1000, min(at), max(at) from domain_event group by 1`,
  `select setval('domain_event_sequence_seq', (select max(sequence) from domain_event))`,
  ...NUMBERED.map(
    (table) =>
      `select setval('${table}_number_seq',
        (select max(substr(number, position('-' in number) + 1)::int) from ${table}))`,
  ),
];
