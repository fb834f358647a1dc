import { sql } from 'kysely';
import type { CommunicationType } from '../../schema/release/communication.type.js';
import type { WaiverType } from '../../schema/release/waiver.type.js';
import { defineEdge, defineRead } from '../model.js';

/** How communications are read. */
export const communicationRead = defineRead<CommunicationType>({
  type: 'Communication',
  table: 'communication',
  fields: ['audience', 'message', 'createdAt', 'releaseId', 'sentById'],
});

/** What was told about a release, oldest first. */
export const communicationsOfRelease = defineEdge({
  name: 'Release.communications',
  model: communicationRead,
  on: sql`t.release_id = p.id`,
});

/** How waivers are read. */
export const waiverRead = defineRead<WaiverType>({
  type: 'Waiver',
  table: 'waiver',
  fields: ['code', 'reason', 'expiresAt', 'createdAt', 'releaseId', 'grantedById', 'subjectType', 'subjectId'],
});

/** The waivers of a release, oldest first. */
export const waiversOfRelease = defineEdge({
  name: 'Release.waivers',
  model: waiverRead,
  on: sql`t.release_id = p.id`,
});
