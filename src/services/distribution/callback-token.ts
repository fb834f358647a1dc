import { createHash } from 'node:crypto';

/**
 * Hash under which a callback token is stored and looked up. A token is 256 random bits, so it needs no slower hash.
 */
export const callbackHash = (token: string): string => createHash('sha256').update(token).digest('hex');
