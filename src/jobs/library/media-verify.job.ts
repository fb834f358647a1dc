import { enqueueDueChecks, removeUnrecorded, verifyMedia } from '../../services/library/media.service.js';
import type { JobDefinition, SweepDefinition } from '../jobs.js';
import type { AppServices } from '../../app-services.js';

/** Hashes stored bytes: after an upload, after a report of damage, and once a day. Large files take long. */
export const mediaVerify: JobDefinition<AppServices> = {
  name: 'media.verify',
  expireInSeconds: 3_600,
  run: async (services, { mediaId }) => await verifyMedia(services, String(mediaId)),
};

/** Enqueues the daily check of all stored bytes, a batch at a time. */
export const mediaAudit: SweepDefinition<AppServices> = {
  name: 'media.audit',
  everyMs: 300_000,
  run: async (services) => await enqueueDueChecks(services),
};

/** Removes files without a record: uploads that were never recorded, and remains of crashed uploads. */
export const mediaUnrecorded: SweepDefinition<AppServices> = {
  name: 'media.unrecorded',
  everyMs: 6 * 3_600_000,
  run: async (services) => void (await removeUnrecorded(services)),
};
