import type pg from 'pg';

/** What {@link seedEstate} makes. */
export interface EstateSize {
  readonly cis: number;
  readonly releases: number;
}

/**
 * Fills the tables with a configuration in which nearly every item impacts nearly every other, and with releases that
 * are planned for all of 2026, each with two targets. One statement per table.
 */
export async function seedEstate(pool: pg.Pool, { cis, releases }: EstateSize): Promise<void> {
  const ci = (n: string) => `('00000000-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;
  const release = (n: string) => `('00000000-0000-7000-9000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;
  // Two ways of shuffling the numbers: from each item two relations lead anywhere, and to each item two.
  const other = `(1 + (n * (case k when 0 then 7919 else 3163 end) + 1 + k * 77) % ${cis})`;
  await pool.query(
    `insert into configuration_item (id, name, ci_class, state, criticality, created_at, updated_at, version)
     select ${ci('n')}, 'ci-' || md5(n::text), 'SERVER', 'AUTHORISED',
       (array['LOW','MEDIUM','HIGH','CRITICAL'])[1 + n % 4],
       now(), now(), 1 from generate_series(1, ${cis}) n`,
  );
  await pool.query(
    `insert into ci_relation (id, source_id, kind, target_id, created_at)
     select gen_random_uuid(), ${ci('n')}, case k when 0 then 'DEPENDS_ON' else 'RUNS_ON' end,
       ${ci(other)}, now()
     from generate_series(1, ${cis}) n, generate_series(0, 1) k where n <> ${other}`,
  );
  await pool.query(
    `insert into release (id, name, kind, packaging, state, owner_id, manager_id, planned_start, planned_end,
       created_at, updated_at, version)
     select ${release('n')}, 'release ' || n, 'MINOR', 'PACKAGE', 'PLANNING', p.id, p.id,
       timestamptz '2026-01-01' + n * (interval '360 days' / ${releases}),
       timestamptz '2026-01-01' + n * (interval '360 days' / ${releases}) + interval '2 days', now(), now(), 1
     from generate_series(1, ${releases}) n, (select id from person limit 1) p`,
  );
  await pool.query(
    `insert into release_ci (id, release_id, ci_id, role, added_by_id, created_at)
     select gen_random_uuid(), ${release('n')}, ${ci('1 + (n * 31 + k) % ' + cis)}, 'TARGET', p.id, now()
     from generate_series(1, ${releases}) n, generate_series(0, 1) k, (select id from person limit 1) p`,
  );
  await pool.query('analyze configuration_item, ci_relation, release, release_ci');
}
