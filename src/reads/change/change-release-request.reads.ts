import { changeReleaseRequestList, ChangeReleaseRequestType } from '../../schema/change/change-release-request.type.js';
import { sql } from 'kysely';
import { defineEdge, defineRead } from '../model.js';

/** How requests to join a release are read. */
export const changeReleaseRequestRead = defineRead<ChangeReleaseRequestType>({
  list: changeReleaseRequestList,
  type: 'ChangeReleaseRequest',
  table: 'change_release_request',
  of: ChangeReleaseRequestType,
  keys: ['changeId', 'releaseId', 'requestedById', 'decidedById'],
  order: { EXPIRES_AT: { column: sql`coalesce(t.expires_at, 'infinity')`, type: 'timestamptz' } },
  filters: {
    releaseOwner: {
      kind: 'related',
      of: 'id',
      type: 'Person',
      column: sql`x.id`,
      // Anybody may own the release of a request that names none.
      exists: (condition) => sql`exists (
        select 1 from (select r.owner_id as id from release r where r.id = t.release_id
          union all select p.id from person p where t.release_id is null) x
        where ${condition})`,
    },
  },
});

const newestFirst = [{ field: 'ID', direction: 'DESC' }] as const;

/** Requests about a change, the latest first. */
export const requestsOfChange = defineEdge({
  name: 'Change.requests',
  model: changeReleaseRequestRead,
  on: sql`t.change_id = p.id`,
  defaultOrder: newestFirst,
});

/** Requests to join a release, the latest first. */
export const requestsOfRelease = defineEdge({
  name: 'Release.requests',
  model: changeReleaseRequestRead,
  on: sql`t.release_id = p.id`,
  defaultOrder: newestFirst,
});
