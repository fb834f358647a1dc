import { sql } from 'kysely';
import type { CommunicationType } from '../../schema/release/communication.type.js';
import { defineEdge, defineRead } from '../model.js';

/** How communications are read. */
export const communicationRead = defineRead<CommunicationType>({
  type: 'Communication',
  table: 'communication',
  fields: ['audience', 'message', 'createdAt', 'releaseId', 'sentById'],
});

export const communicationsOfRelease = defineEdge({
  name: 'Release.communications',
  model: communicationRead,
  on: sql`t.release_id = p.id`,
});
