import { DAY_MS, text, insert, type Words } from './words.js';

/** Configuration items and their relations. */
export const cmdbRows = ({ n, id, pick, instant, when, team, ciMs, ci, each }: Words): string[] => [
  insert(
    'configuration_item',
    {
      id: ci('r'),
      number: `'CI-' || 1001 + r`,
      name: `${text(['srv', 'app', 'dsk', 'net', 'db'], 'r % 5')}
        || '-' || lpad((${pick(1, 'r', 1_000_000)})::text, 6, '0') || '-' || r`,
      description: `'Item ' || r || ' of the bench.'`,
      ci_class: text(['SERVER', 'APPLICATION', 'DESKTOP', 'NETWORK_DEVICE', 'DATABASE'], 'r % 5'),
      criticality: text(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'], pick(2, 'r', 4)),
      state: when(`${pick(3, 'r', 10)} = 0`, `'DISCOVERED'`, `'AUTHORISED'`),
      lifecycle_state: text(['PRODUCTION', 'TEST', 'BUILD'], pick(4, 'r', 3)),
      owner_team_id: team(pick(5, 'r', n.teams)),
      attributes: `jsonb_build_object(
        'os', ${text(['debian', 'rhel', 'windows'], pick(6, 'r', 3))},
        'rack', r % 40,
        'memoryGb', 8 * (1 + r % 16))`,
      bindings: `'{}'`,
      external_source: when('r % 2 = 0', `'discovery'`),
      external_key: when('r % 2 = 0', `'host-' || r`),
      version: '1 + r % 3',
      created_at: instant(ciMs('r')),
      updated_at: instant(`${ciMs('r')} + ${pick(7, 'r', 400)} * ${DAY_MS}::bigint`),
    },
    each(n.cis),
  ),
  insert(
    'ci_relation',
    {
      id: id('ci_relation', 'r', ciMs('r / 2')),
      source_id: ci('r / 2'),
      kind: `case r % 2 when 0 then 'DEPENDS_ON' else 'RUNS_ON' end`,
      target_id: ci(`(r / 2 + 1 + ${pick(8, 'r', n.cis - 1)}) % ${n.cis}`),
      created_at: instant(ciMs('r / 2')),
    },
    each(n.cis * 2),
  ),
];
