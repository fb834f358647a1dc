import { sql } from 'kysely';
import { TIER_LENGTHS_MS } from '../../domain/schedule/tier.js';

/** All tiers as a subquery: `tier`, and `longest` as an interval. An index on tier and start needs both. */
export const TIERS = sql`(
  select t.tier, t.ms * interval '1 millisecond' as longest
  from unnest(${TIER_LENGTHS_MS.map((_, tier) => tier)}::int[], ${[...TIER_LENGTHS_MS]}::float8[]) as t(tier, ms))`;

/** The tiers of which there is kept work. */
export const TIERS_OF_WORK = sql`(
  select * from ${TIERS} t where exists (select from schedule_work w where w.tier = t.tier))`;
