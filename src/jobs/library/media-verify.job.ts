import { enqueueDueChecks, removeUnrecorded, verifyMedia } from '../../services/library/media.service.js';
import type { JobDefinition, SweepDefinition } from '../jobs.js';
import type { AppServices } from '../../app-services.js';

/**
 * Hashes stored bytes: after an upload, when somebody found them damaged, and once a day. Large files take their time.
 */
export const mediaVerify: JobDefinition<AppServices> = {
  name: 'media.verify',
  expireInSeconds: 3_600,
  run: async (services, { mediaId }) => await verifyMedia(services, String(mediaId)),
};

/** Asks for the daily look at all stored bytes, a batch at a time. */
export const mediaAudit: SweepDefinition<AppServices> = {
  name: 'media.audit',
  everyMs: 300_000,
  run: async (services) => await enqueueDueChecks(services),
};

/**
 * Clears the store of what no record knows: bytes whose upload was never recorded, and rests of uploads that crashed.
 */
export const mediaUnrecorded: SweepDefinition<AppServices> = {
  name: 'media.unrecorded',
  everyMs: 6 * 3_600_000,
  run: async (services) => void (await removeUnrecorded(services)),
};
