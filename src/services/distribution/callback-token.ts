import { createHash } from 'node:crypto';

/** What is kept of a callback token, and by which it is found again: 256 random bits need no slower hash. */
export const callbackHash = (token: string): string => createHash('sha256').update(token).digest('hex');
