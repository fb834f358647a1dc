import { accessGrantList, AccessGrantType } from '../../schema/people/access-grant.type.js';
import { defineRead } from '../model.js';

/** How access grants are read, by administrators and auditors. */
export const accessGrantRead = defineRead<AccessGrantType>({
  list: accessGrantList,
  type: 'AccessGrant',
  table: 'access_grant',
  of: AccessGrantType,
  keys: ['personId', 'proposedById', 'proposedWithId', 'decidedById', 'accessTokenId'],
  readableBy: ['ADMINISTRATOR', 'AUDITOR'],
});
