import { blocker, type NamedRef } from '../blocker.js';
import type { ActorFacts } from '../roles.js';
import { SAME_STATE, type Guard, type Machine } from '../state-machine.js';

/** The states of a media version in the Definitive Media Library. */
export const DML_ITEM_VERSION_STATES = [
  'REGISTERED',
  'UPLOADED',
  'VERIFYING',
  'QUARANTINED',
  'AUTHORISED',
  'DEPRECATED',
  'RECALLED',
  'RETIRED',
] as const;

/** One of {@link DML_ITEM_VERSION_STATES}. */
export type DmlItemVersionState = (typeof DML_ITEM_VERSION_STATES)[number];

/** What each state means. */
export const DML_ITEM_VERSION_STATE_DESCRIPTIONS: Readonly<Record<DmlItemVersionState, string>> = {
  REGISTERED: 'Registered with source and licence. Its bytes are not in the library yet.',
  UPLOADED: 'The bytes are in the library and the server has computed their digest.',
  VERIFYING: 'The checks are running, or have ended and a second person has to decide.',
  QUARANTINED: 'A check failed, or a person has doubts. The version cannot be used.',
  AUTHORISED: 'The master copy. Releases can contain it, and it can be distributed.',
  DEPRECATED: 'Superseded. New releases should not contain it; running distributions can finish.',
  RECALLED: 'Withdrawn because it is harmful. Running distributions are stopped or paused. Final.',
  RETIRED: 'Out of use. Final.',
};

/** Commands on a media version. */
export const DML_ITEM_VERSION_COMMANDS = [
  'dmlItemVersionUpdate',
  'dmlItemVersionUpload',
  'dmlItemVersionStartVerification',
  'dmlItemVersionVerify',
  'dmlItemVersionQuarantine',
  'dmlItemVersionAuthorise',
  'dmlItemVersionDeprecate',
  'dmlItemVersionRecall',
  'dmlItemVersionRetire',
  'dmlItemVersionPin',
  'dmlItemVersionLiftPins',
] as const;

/** One of {@link DML_ITEM_VERSION_COMMANDS}. */
export type DmlItemVersionCommand = (typeof DML_ITEM_VERSION_COMMANDS)[number];

/** What a recall does to distributions that install the version at that time. */
export const RECALL_EFFECTS = ['STOP', 'PAUSE'] as const;

/** One of {@link RECALL_EFFECTS}. */
export type RecallEffect = (typeof RECALL_EFFECTS)[number];

/** What each effect means. */
export const RECALL_EFFECT_DESCRIPTIONS: Readonly<Record<RecallEffect, string>> = {
  STOP: 'They are stopped: the tool starts no further target.',
  PAUSE:
    'They are paused where the tool can pause, and stopped where it cannot. A paused one can be stopped or backed ' +
    'out; it cannot be resumed.',
};

/** What the rules of a media version need to know. */
export interface DmlItemVersionFacts extends ActorFacts {
  /** Who registered or uploaded it. */
  readonly authorIds: readonly string[];
  /** Digest that the source claims (lower case hex sha256); null when it claims none. */
  readonly claimedDigest: string | null;
  /** Digest that the server computed from the bytes; null without bytes. */
  readonly computedDigest: string | null;
  /** Whether every check of the bytes has run and passed. */
  readonly isVerified: boolean;
  /** Releases that contain it and are not over. */
  readonly liveReleases: readonly NamedRef[];
  /** Number of configuration items that it is kept from. */
  readonly pinCount: number;
}

type DmlGuard = Guard<DmlItemVersionFacts>;

/** The person who registered or uploaded it does not authorise it. */
export const authoriserIsNotAuthor: DmlGuard = ({ actorId, authorIds }) =>
  authorIds.includes(actorId)
    ? blocker(
        'SELF_APPROVAL',
        'You registered or uploaded this media version, so another librarian has to authorise it.',
        ['DML_LIBRARIAN'],
      )
    : undefined;

/** The server has seen the bytes and every check of them passed. */
export const mediaIsVerified: DmlGuard = ({ computedDigest, isVerified }) => {
  if (computedDigest === null)
    return blocker('MEDIA_NOT_VERIFIED', 'The library has no bytes of this version. Upload them first.', [
      'DML_LIBRARIAN',
    ]);
  return isVerified
    ? undefined
    : blocker(
        'MEDIA_NOT_VERIFIED',
        'The checks of this version have not all passed. Wait for them, or quarantine it.',
        ['DML_LIBRARIAN'],
      );
};

/** The bytes are the bytes that the source claims. */
export const digestIsAsClaimed: DmlGuard = ({ claimedDigest, computedDigest }) =>
  claimedDigest !== null && computedDigest !== null && claimedDigest !== computedDigest
    ? blocker(
        'MEDIA_DIGEST_MISMATCH',
        `The bytes have sha256 ${computedDigest}, but ${claimedDigest} was claimed. ` +
          'Get the right bytes from the source.',
        ['DML_LIBRARIAN'],
      )
    : undefined;

/** No release that is not over contains it. */
export const noLiveReleaseContainsMedia: DmlGuard = ({ liveReleases }) =>
  liveReleases.map((release) =>
    blocker(
      'MEDIA_IN_USE',
      `Release ${release.name} contains this version and has not ended. Finish the release, replace the version ` +
        'there, or recall the version if it is harmful.',
      ['RELEASE_MANAGER'],
      {
        subject: { type: 'Release', id: release.id },
      },
    ),
  );

const PINNABLE = ['UPLOADED', 'VERIFYING', 'QUARANTINED', 'AUTHORISED', 'DEPRECATED'] as const;

/** The life cycle of a media version. */
export const dmlItemVersionMachine: Machine<DmlItemVersionState, DmlItemVersionCommand, DmlItemVersionFacts> = {
  name: 'media version',
  initial: 'REGISTERED',
  states: DML_ITEM_VERSION_STATES,
  final: ['RECALLED', 'RETIRED'],
  commands: DML_ITEM_VERSION_COMMANDS,
  computed: { QUARANTINED: [mediaIsVerified, digestIsAsClaimed] },
  rows: [
    // An uploaded version stays as it is: a correction is another version.
    { from: 'REGISTERED', command: 'dmlItemVersionUpdate', to: SAME_STATE },
    { from: 'REGISTERED', command: 'dmlItemVersionUpload', to: 'UPLOADED', system: true },
    { from: 'UPLOADED', command: 'dmlItemVersionStartVerification', to: 'VERIFYING', system: true },
    // The way out of quarantine: the checks run again, and then a second person decides again.
    { from: 'QUARANTINED', command: 'dmlItemVersionVerify', to: 'UPLOADED' },
    {
      from: ['UPLOADED', 'VERIFYING', 'AUTHORISED', 'DEPRECATED'],
      command: 'dmlItemVersionQuarantine',
      to: 'QUARANTINED',
    },
    {
      from: 'VERIFYING',
      command: 'dmlItemVersionAuthorise',
      to: 'AUTHORISED',
      guards: [authoriserIsNotAuthor, mediaIsVerified, digestIsAsClaimed],
    },
    { from: 'AUTHORISED', command: 'dmlItemVersionDeprecate', to: 'DEPRECATED' },
    { from: ['AUTHORISED', 'DEPRECATED', 'QUARANTINED'], command: 'dmlItemVersionRecall', to: 'RECALLED' },
    {
      from: ['REGISTERED', 'UPLOADED', 'QUARANTINED', 'DEPRECATED'],
      command: 'dmlItemVersionRetire',
      to: 'RETIRED',
      guards: [noLiveReleaseContainsMedia],
    },
    { from: PINNABLE, command: 'dmlItemVersionPin', to: SAME_STATE },
    { from: PINNABLE, command: 'dmlItemVersionLiftPins', to: SAME_STATE, when: ({ pinCount }) => pinCount > 0 },
  ],
};
