import type { ChangeType } from '../change/change.machine.js';
import type { ReleaseState } from './release.state.js';
import type { ReleaseKind } from './template.js';

/** Why a release is, or is less, a candidate for a change. */
export const CANDIDATE_REASON_CODES = [
  'SAME_TARGET_CIS',
  'SAME_SOURCE_CIS',
  'INSIDE_RELEASE_WINDOW',
  'OVERLAPS_RELEASE_WINDOW',
  'OUTSIDE_RELEASE_WINDOW',
  'SCOPE_OPEN',
  'ACCEPTANCE_RENEWED',
  'EMERGENCY_RELEASE',
  'ON_HOLD',
  'CALENDAR_CONFLICT',
] as const;

/** One of {@link CANDIDATE_REASON_CODES}. */
export type CandidateReasonCode = (typeof CANDIDATE_REASON_CODES)[number];

/** What each reason means. */
export const CANDIDATE_REASON_DESCRIPTIONS: Readonly<Record<CandidateReasonCode, string>> = {
  SAME_TARGET_CIS:
    'The release already acts on the same configuration items. Up to 50 points, depending on the share of ' +
    'the targets of the change.',
  SAME_SOURCE_CIS:
    'The release already takes content from the same configuration items. Up to 10 points, depending on ' +
    'the share of the sources of the change.',
  INSIDE_RELEASE_WINDOW: 'The dates of the change lie within those of the release. 25 points.',
  OVERLAPS_RELEASE_WINDOW: 'The dates of the change overlap those of the release. 15 points.',
  OUTSIDE_RELEASE_WINDOW: 'The dates of the change and of the release do not overlap. 10 points less.',
  SCOPE_OPEN: 'The scope of the release has not been accepted yet. 5 to 20 points: the earlier its state, the more.',
  ACCEPTANCE_RENEWED: 'The release has already been accepted and must be accepted again. 10 points less.',
  EMERGENCY_RELEASE:
    'The change and the release are emergencies. 20 points. An ordinary change in an emergency release: ' +
    '20 points less.',
  ON_HOLD: 'The release is on hold. 15 points less.',
  CALENDAR_CONFLICT:
    'Work on the targets of the change would conflict with the schedule at the time of the release. 30 points less.',
};

/** One reason and what it counts. */
export interface CandidateReason {
  readonly code: CandidateReasonCode;
  /** Added to the score; negative for what speaks against it. */
  readonly points: number;
  /** A sentence for people. */
  readonly message: string;
}

/** An interval with ends that may be unknown. */
export interface LooseInterval {
  readonly start: Date | null;
  readonly end: Date | null;
}

/** What of a change matters for finding it a release. */
export interface CandidateChange extends LooseInterval {
  readonly type: ChangeType;
  readonly targetCount: number;
  readonly sourceCount: number;
}

/** What of a release matters for whether a change fits in. */
export interface CandidateRelease extends LooseInterval {
  readonly state: ReleaseState;
  readonly kind: ReleaseKind;
  readonly onHold: boolean;
  /** How many targets (sources) of the change are targets (sources) of the release. */
  readonly sharedTargets: number;
  readonly sharedSources: number;
  /** What the calendar has against work on the targets of the change at the time of the release, as sentences. */
  readonly clashes?: readonly string[];
}

/** How well a release fits a change, and why. */
export interface Candidacy {
  /** Sum of the points of the reasons; only good for comparing candidates for the same change. */
  readonly score: number;
  readonly reasons: readonly CandidateReason[];
}

const OPENNESS: Partial<Record<ReleaseState, number>> = { DRAFT: 20, PLANNING: 20, BUILDING: 10, TESTING: 5 };

const part = (shared: number, all: number, most: number) => Math.round((Math.min(shared, all) / all) * most);

function byTime(change: LooseInterval, release: LooseInterval): CandidateReason | undefined {
  if (change.start === null || change.end === null || release.start === null || release.end === null) return undefined;
  if (change.start >= release.start && change.end <= release.end) {
    return {
      code: 'INSIDE_RELEASE_WINDOW',
      points: 25,
      message: 'The change is planned inside the dates of the release.',
    };
  }
  if (change.start < release.end && release.start < change.end) {
    return { code: 'OVERLAPS_RELEASE_WINDOW', points: 15, message: 'The dates of the change and the release overlap.' };
  }
  return {
    code: 'OUTSIDE_RELEASE_WINDOW',
    points: -10,
    message: 'The change and the release are planned for different times.',
  };
}

function byScope(state: ReleaseState): CandidateReason {
  const points = OPENNESS[state];
  return points === undefined
    ? {
        code: 'ACCEPTANCE_RENEWED',
        points: -10,
        message: `The release is ${state}: with this change, it must be accepted again.`,
      }
    : { code: 'SCOPE_OPEN', points, message: `The release is ${state}: its scope is still open.` };
}

/** How well a release fits a change. It only advises: a person chooses. */
export function candidacy(change: CandidateChange, release: CandidateRelease): Candidacy {
  const reasons: CandidateReason[] = [];
  if (release.sharedTargets > 0) {
    const message = `${release.sharedTargets} of ${change.targetCount} targets of the change belong to the release.`;
    reasons.push({ code: 'SAME_TARGET_CIS', points: part(release.sharedTargets, change.targetCount, 50), message });
  }
  if (release.sharedSources > 0) {
    const message = `${release.sharedSources} of ${change.sourceCount} sources of the change belong to the release.`;
    reasons.push({ code: 'SAME_SOURCE_CIS', points: part(release.sharedSources, change.sourceCount, 10), message });
  }
  const time = byTime(change, release);
  if (time) reasons.push(time);
  reasons.push(byScope(release.state));
  if (release.kind === 'EMERGENCY') {
    const both = change.type === 'EMERGENCY';
    const message = both
      ? 'The change and the release are both emergencies.'
      : 'The release is an emergency, and the change is not.';
    reasons.push({ code: 'EMERGENCY_RELEASE', points: both ? 20 : -20, message });
  }
  if (release.onHold) reasons.push({ code: 'ON_HOLD', points: -15, message: 'The release is on hold.' });
  const [clash, ...more] = release.clashes ?? [];
  if (clash !== undefined) {
    const message = more.length === 0 ? clash : `${clash} There are ${more.length} more conflicts.`;
    reasons.push({ code: 'CALENDAR_CONFLICT', points: -30, message });
  }
  return { score: reasons.reduce((sum, { points }) => sum + points, 0), reasons };
}
