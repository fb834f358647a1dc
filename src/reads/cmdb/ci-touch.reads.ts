import { sql } from 'kysely';
import { RequestError } from '../../domain/errors.js';
import type { ListInput } from '../../domain/list.js';
import { CiTouchType } from '../../schema/cmdb/ci-touch.type.js';
import { changeRead } from '../change/change.reads.js';
import { defineEdge, defineRead, type ReadModel } from '../model.js';
import type { Reads } from '../reads.js';
import { otherEndsEvent, TOUCH_PARTS } from './ci-touch.parts.js';

const touchRead: ReadModel<CiTouchType> = {
  ...defineRead<CiTouchType>({
    type: 'ConfigurationItem',
    table: 'configuration_item',
    of: CiTouchType,
    keys: ['ciId', 'actorId', 'distributionId', 'releaseId', 'targetExecutionId'],
    computed: {
      fields: sql`array(
        select distinct c ->> 'field' from jsonb_array_elements(t.changes) c order by 1)`,
    },
    order: {
      AT: { column: sql`t.at`, type: 'timestamptz' },
      // What an object touched is found by the object and then sorted. Ordered by an index, PostgreSQL would rather
      // walk through everything that was ever touched until it has met enough.
      FOUND_AT: { column: sql`t.at + interval '0'`, type: 'timestamptz' },
    },
    filters: {},
  }),
  shownAs: 'CiTouch',
  parts: TOUCH_PARTS,
};

/** @throws RequestError BAD_USER_INPUT for a window that ends before it begins */
function checkWindow(filter: ListInput['filter']): void {
  const { gt, gte, lt, lte } = ((filter as { at?: Record<string, string | null> } | null)?.at ?? {}) as {
    readonly [bound: string]: string | null | undefined;
  };
  const [from, to] = [gte ?? gt, lte ?? lt];
  if (from != null && to != null && new Date(from) > new Date(to))
    throw new RequestError('BAD_USER_INPUT', '"filter.at" ends before it begins.', { field: 'filter.at' });
}

const OBJECTS = ['change', 'release', 'distribution', 'dmlItemVersion', 'digest', 'person'];

const namesObject = (filter: unknown): boolean =>
  typeof filter === 'object' &&
  filter !== null &&
  Object.entries(filter).some(
    ([field, value]) => value !== undefined && (OBJECTS.includes(field) || ['and', 'or', 'not'].includes(field)),
  );

/** A page of what was done to configuration items, newest first. @throws RequestError BAD_USER_INPUT */
export function ciTouches(reads: Reads, list: ListInput) {
  checkWindow(list.filter);
  const field = namesObject(list.filter) ? 'FOUND_AT' : 'AT';
  return reads.page(touchRead, list, [{ field, direction: 'DESC' }]);
}

/** The changes behind a touch. */
export const changesOfTouch = defineEdge({
  name: 'CiTouch.changes',
  model: changeRead,
  on: sql`t.id = any(array(
    select c.change_id from target_execution e
      join distribution d on d.id = e.distribution_id
      join release_change r on r.release_id = d.release_id and r.live
      join change_ci c on c.change_id = r.change_id and c.ci_id = e.ci_id and c.role = 'TARGET'
      where e.id = p.id
    union all
    select unnest(e.topics) from domain_event e
      where e.id in (p.id, ${otherEndsEvent(sql`p.id`)}) and e.payload -> 'underChanges' is not null
    union all
    select f.change_id from drift f where f.id = p.id))`,
});
