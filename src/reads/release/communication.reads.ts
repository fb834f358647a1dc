import { sql } from 'kysely';
import { CommunicationType } from '../../schema/release/communication.type.js';
import { defineEdge, defineRead } from '../model.js';

/** How communications are read. */
export const communicationRead = defineRead<CommunicationType>({
  type: 'Communication',
  table: 'communication',
  of: CommunicationType,
  keys: ['releaseId', 'sentById'],
});

/** Messages to the stakeholders of a release, oldest first. */
export const communicationsOfRelease = defineEdge({
  name: 'Release.communications',
  model: communicationRead,
  on: sql`t.release_id = p.id`,
});
