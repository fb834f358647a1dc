/** What a touch did to a configuration item. */
export const CI_TOUCH_KINDS = [
  'INSTALLED',
  'REMOVED',
  'BACKED_OUT',
  'VERIFIED',
  'COMMITTED',
  'ATTEMPTED',
  'DISCOVERED',
  'REGISTERED',
  'UPDATED',
  'AUTHORISED',
  'RETIRED',
  'RELATED',
  'UNRELATED',
] as const;

/** One of {@link CI_TOUCH_KINDS}. */
export type CiTouchKind = (typeof CI_TOUCH_KINDS)[number];

/** What each kind means. */
export const CI_TOUCH_KIND_DESCRIPTIONS: Readonly<Record<CiTouchKind, string>> = {
  INSTALLED: 'A distribution put its contents on the item.',
  REMOVED: 'A distribution took its contents off the item.',
  BACKED_OUT: 'A distribution returned the item to what it had before.',
  VERIFIED: 'A distribution checked the item, which has the contents.',
  COMMITTED: 'A distribution committed an installation, so that it can no longer be undone.',
  ATTEMPTED: 'A distribution worked on the item, without success so far. `state` tells more.',
  DISCOVERED: 'Somebody accepted what a source had found installed, or no longer installed.',
  REGISTERED: 'The item was registered.',
  UPDATED: 'Fields of the record were changed. `fields` has their names.',
  AUTHORISED: 'The record was authorised.',
  RETIRED: 'The item was retired.',
  RELATED: 'A relation that starts or ends at the item was recorded.',
  UNRELATED: 'A relation that started or ended at the item was removed.',
};

/** Part that a person had in a touch. */
export const CI_TOUCH_ROLES = ['REQUESTER', 'APPROVER', 'IMPLEMENTER', 'LIBRARIAN'] as const;

/** One of {@link CI_TOUCH_ROLES}. */
export type CiTouchRole = (typeof CI_TOUCH_ROLES)[number];

/** What a person with each part did. */
export const CI_TOUCH_ROLE_DESCRIPTIONS: Readonly<Record<CiTouchRole, string>> = {
  REQUESTER: 'Requested a change behind the touch, or asked for it to join a release.',
  APPROVER:
    'Authorised a change behind the touch, approved its request to join the release, accepted the release or ' +
    'approved the distribution.',
  IMPLEMENTER: 'Planned or edited the distribution, reported about the target, or edited the record.',
  LIBRARIAN: 'Registered, uploaded or authorised a version that was delivered.',
};

/** The kinds of events that edit the record. Any other event about an item counts as UPDATED. */
export const KIND_OF_EVENT: Readonly<Record<string, CiTouchKind>> = {
  'configuration-item.registered': 'REGISTERED',
  'configuration-item.authorised': 'AUTHORISED',
  'configuration-item.retired': 'RETIRED',
  'configuration-item.related': 'RELATED',
  'configuration-item.unrelated': 'UNRELATED',
};

/** What a successful target of each operation of a distribution is. */
export const KIND_OF_OPERATION = {
  INSTALL: 'INSTALLED',
  REMOVE: 'REMOVED',
  UNDO: 'BACKED_OUT',
  VERIFY: 'VERIFIED',
  COMMIT: 'COMMITTED',
} as const satisfies Readonly<Record<string, CiTouchKind>>;
