import { sql } from 'kysely';
import type { ChangeReleaseRequestType } from '../../schema/change/change-release-request.type.js';
import { column, defineEdge, defineRead } from '../model.js';

/** How requests to join a release are read. */
export const changeReleaseRequestRead = defineRead<ChangeReleaseRequestType>({
  type: 'ChangeReleaseRequest',
  table: 'change_release_request',
  fields: [
    'number',
    'mode',
    'state',
    'justification',
    'decidedAt',
    'decisionReason',
    'expiresAt',
    'version',
    'createdAt',
    'updatedAt',
    'changeId',
    'releaseId',
    'requestedById',
    'decidedById',
  ],
  order: {
    NUMBER: { column: column('number'), type: 'text' },
    EXPIRES_AT: { column: sql`coalesce(t.expires_at, 'infinity')`, type: 'timestamptz' },
    UPDATED_AT: { column: column('updatedAt'), type: 'timestamptz' },
  },
  filters: {
    number: { kind: 'text', column: column('number') },
    state: { kind: 'enum', column: column('state') },
    mode: { kind: 'enum', column: column('mode') },
    change: { kind: 'id', type: 'Change', column: column('changeId') },
    release: { kind: 'id', type: 'Release', column: column('releaseId') },
    releaseOwner: {
      kind: 'related',
      type: 'Person',
      column: sql`r.owner_id`,
      exists: (condition) => sql`exists (select 1 from release r where r.id = t.release_id and ${condition})`,
    },
    requestedBy: { kind: 'id', type: 'Person', column: column('requestedById') },
    decidedBy: { kind: 'id', type: 'Person', column: column('decidedById') },
    expiresAt: { kind: 'instant', column: column('expiresAt') },
    createdAt: { kind: 'instant', column: column('createdAt') },
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
