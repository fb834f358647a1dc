/** Webhook notifications of AWX: they carry no signature, so they prove their sender by a secret in a header. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { AdapterError, type CallbackMessage, type CallbackReport } from '../../src/adapters/adapter.js';
import { orderIn } from './order.js';
import type { CallbackSettings } from './settings.js';

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();

/** Compares in a time that does not depend on where the texts differ. */
const same = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other));

/**
 * Fails unless the message carries the secret that AWX was given.
 * @throws AdapterError UNAUTHENTICATED
 */
export function assertAuthentic(message: CallbackMessage, settings: CallbackSettings, secret: string): void {
  const [name, expected] =
    'header' in settings
      ? [settings.header.toLowerCase(), secret]
      : ['authorization', `Basic ${Buffer.from(`${settings.username}:${secret}`, 'utf8').toString('base64')}`];
  if (!same(message.headers[name] ?? '', expected))
    throw new AdapterError('UNAUTHENTICATED', 'The message does not carry the secret of this instance.');
}

/**
 * Which run a notification is about, by the default body of AWX (JobNotificationMixin.notification_data): the key is in
 * its `extra_vars`. A job that others launched names no run. The counts in it are not used: it is no evidence.
 * @throws AdapterError INVALID_ARGUMENT when it is no notification of a job.
 */
export function readNotification(rawBody: Uint8Array): CallbackReport {
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(rawBody));
  } catch {
    throw new AdapterError('INVALID_ARGUMENT', 'The message is no JSON.');
  }
  const { id, status, extra_vars: extraVars } = (body ?? {}) as Record<string, unknown>;
  if (typeof id !== 'number' || typeof status !== 'string')
    throw new AdapterError('INVALID_ARGUMENT', 'The message is no notification of a job.');
  const order = orderIn(extraVars);
  return order === undefined ? {} : { key: order.key, dedupeId: `${id}:${status}`.slice(0, 200), native: { job: id } };
}
