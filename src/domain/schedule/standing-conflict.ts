import type { NamedRef } from '../blocker.js';
import type { DmlItemVersionState } from '../library/dml-item-version.machine.js';
import { entryParty, type ConflictEntry } from './conflict-entry.js';
import { withMessage } from './conflict-message.js';
import type { ScheduleConflict } from './schedule-conflict.js';

/** A media version that some work delivers and that is not authorised. */
export interface UnauthorisedMedia extends NamedRef {
  readonly state: DmlItemVersionState;
}

/** States from which a version never comes back into use. */
const FINAL: readonly DmlItemVersionState[] = ['RECALLED', 'RETIRED'];

/**
 * The conflict of work with a version that it delivers. It lasts as long as the work does: it is over when the version
 * is authorised, or no longer in the package.
 */
export const mediaConflict = (entry: ConflictEntry, { id, name, state }: UnauthorisedMedia): ScheduleConflict =>
  withMessage(
    {
      key: ['MEDIA_NOT_AUTHORISED', entry.id, id].join(':'),
      kind: 'MEDIA_NOT_AUTHORISED',
      severity: FINAL.includes(state) ? 'HIGH' : 'MEDIUM',
      interval: { startsAt: entry.startsAt, endsAt: entry.endsAt },
      left: entryParty(entry),
      right: { type: 'DmlItemVersion', id, name },
      ciId: null,
      person: null,
      path: [],
    },
    (ciId) => ciId,
  );
