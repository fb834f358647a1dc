/** Who sent a callback: the schemes of the tools. A message that proves nothing is UNAUTHENTICATED. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { AdapterError, type CallbackMessage, type JsonSchema, type SecretRef } from '../../src/adapters/adapter.js';

/** How the tool's callbacks are recognised. */
export type CallbackSettings =
  /** `X-Hub-Signature-256`: HMAC with SHA-256 over the body (GitHub docs, "Validating webhook deliveries"). */
  | { readonly scheme: 'github'; readonly secret: SecretRef }
  /** `X-Gitlab-Token`: the secret itself (GitLab docs, "Webhooks"). Only over TLS. */
  | { readonly scheme: 'gitlab'; readonly secret: SecretRef }
  /**
   * `X-RunDeck-Notification-SHA256-Digest`: over address, trigger and execution, not over the body (Rundeck docs,
   * "Webhooks"). It never changes for one execution, so such a message is a hint to look and no more.
   */
  | { readonly scheme: 'rundeck'; readonly secret: SecretRef; readonly url: string }
  /** HMAC with SHA-256 over `<seconds since 1970>.<body>`, in hexadecimal, with the time in a header of its own. */
  | {
      readonly scheme: 'hmac';
      readonly secret: SecretRef;
      readonly signatureHeader?: string;
      readonly timeHeader?: string;
      readonly toleranceSeconds?: number;
    };

const DEFAULT_TOLERANCE_S = 300;
const secret: JsonSchema = { type: 'object', 'x-secret': true };
const header: JsonSchema = { type: 'string', pattern: '^[A-Za-z0-9-]+$' };
const scheme = (name: string, more: JsonSchema = {}, required: readonly string[] = []): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  properties: { scheme: { const: name }, secret, ...more },
  required: ['scheme', 'secret', ...required],
});

/** The schema of {@link CallbackSettings}. */
export const CALLBACK_SETTINGS_SCHEMA: JsonSchema = {
  description: 'How callbacks of the tool are recognised. Absent: it does not call back.',
  oneOf: [
    scheme('github'),
    scheme('gitlab'),
    scheme('rundeck', { url: { type: 'string', pattern: '^https?://' } }, ['url']),
    scheme('hmac', {
      signatureHeader: header,
      timeHeader: header,
      toleranceSeconds: { type: 'integer', minimum: 1, maximum: 3600, default: DEFAULT_TOLERANCE_S },
    }),
  ],
};

const hmac = (key: string, ...parts: readonly (string | Uint8Array)[]): string =>
  parts.reduce((mac, part) => mac.update(part), createHmac('sha256', key)).digest('hex');

/** Compares without telling by its time how much of it is right: digests of equal length are compared. */
function same(given: string | undefined, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(digest(given ?? ''), digest(wanted)) && given !== undefined;
}

/** Whether the message comes from one who knows the secret. */
export function isAuthentic(message: CallbackMessage, settings: CallbackSettings, key: string, now: Date): boolean {
  const { headers, rawBody } = message;
  switch (settings.scheme) {
    case 'github':
      return same(headers['x-hub-signature-256'], `sha256=${hmac(key, rawBody)}`);
    case 'gitlab':
      return same(headers['x-gitlab-token'], key);
    case 'rundeck': {
      const trigger = headers['x-rundeck-notification-trigger'] ?? '';
      const execution = headers['x-rundeck-notification-execution-id'] ?? '';
      const digest = createHash('sha256')
        .update(settings.url)
        .update(trigger)
        .update(execution)
        .update(key)
        .digest('hex');
      return same(headers['x-rundeck-notification-sha256-digest'], digest);
    }
    case 'hmac': {
      const time = headers[(settings.timeHeader ?? 'X-Interlock-Time').toLowerCase()] ?? '';
      const tolerance = (settings.toleranceSeconds ?? DEFAULT_TOLERANCE_S) * 1000;
      if (!/^\d{1,12}$/.test(time) || Math.abs(Number(time) * 1000 - now.getTime()) > tolerance) return false;
      const given = headers[(settings.signatureHeader ?? 'X-Interlock-Signature').toLowerCase()];
      return same(given?.replace(/^sha256=/, ''), hmac(key, `${time}.`, rawBody));
    }
  }
}

/** @throws AdapterError UNAUTHENTICATED for a message that proves nothing. */
export function assertAuthentic(message: CallbackMessage, settings: CallbackSettings, key: string, now: Date): void {
  if (!isAuthentic(message, settings, key, now))
    throw new AdapterError('UNAUTHENTICATED', 'The message does not prove that it comes from the tool.');
}

/** The same message has the same id, whatever the parts of it say that nobody has signed. */
export function dedupeIdOf({ headers, rawBody }: CallbackMessage, settings: CallbackSettings): string {
  const digest = createHash('sha256');
  if (settings.scheme === 'rundeck') digest.update(headers['x-rundeck-notification-sha256-digest'] ?? '');
  else digest.update(rawBody);
  return digest.digest('hex');
}
