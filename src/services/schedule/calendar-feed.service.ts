import { createHash, randomBytes } from 'node:crypto';
import { newId } from '../../database/new-id.js';
import { RequestError } from '../../domain/errors.js';
import { fromNodeId, toNodeId } from '../../domain/node-id.js';
import { MAX_CALENDAR_FEEDS, type CalendarFeedScope } from '../../domain/schedule/calendar-feed.js';
import { ConfigurationItem } from '../../entities/cmdb/configuration-item.entity.js';
import { Person } from '../../entities/people/person.entity.js';
import { Release } from '../../entities/release/release.entity.js';
import { CalendarFeed } from '../../entities/schedule/calendar-feed.entity.js';
import { lock, lockForCommand, refer } from '../load.js';
import { lineageInUse } from '../people/access-token.service.js';
import { name } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';

// `ilf_<id as in TypeID>_<256 bits>`, like an access token. Letters of a TypeID and base64url need no escaping in URLs.
const FEED = /^ilf_([0-9a-z]{26})_([A-Za-z0-9-]{43})$/;

/** The id and secret in the address of a feed, or undefined if the text is not one. */
export function parseFeedSecret(text: string): { readonly id: string; readonly secret: string } | undefined {
  const [, suffix, secret] = FEED.exec(text) ?? [];
  if (suffix === undefined || secret === undefined) return undefined;
  try {
    return { id: fromNodeId('CalendarFeed', `cal_${suffix}`, 'feed'), secret };
  } catch {
    return undefined;
  }
}

/** What is stored of the secret of a feed. */
export const hashOfFeedSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** A feed, and the path with its secret: it is returned once and not stored. */
export interface FeedWithPath {
  readonly calendarFeed: CalendarFeed;
  readonly path: string;
}

const newSecret = () => randomBytes(32).toString('base64url').replaceAll('_', '-');
const pathOf = (id: string, secret: string) =>
  `/calendar/ilf_${toNodeId('CalendarFeed', id).slice('cal_'.length)}_${secret}.ics`;

type About = Pick<CalendarFeed, 'ciId' | 'involvedId' | 'releaseId'>;

// What a feed is about, by its scope.
async function aboutOf(uow: UnitOfWork, scope: CalendarFeedScope, id: string | null | undefined): Promise<About> {
  const about = { ciId: null, involvedId: null, releaseId: null };
  if ((id == null) !== (scope === 'EVERYTHING'))
    throw new RequestError(
      'BAD_USER_INPUT',
      id == null ? `The scope ${scope} needs "aboutId".` : 'The scope EVERYTHING is about no single object.',
      { field: 'aboutId' },
    );
  if (id == null) return about;
  if (scope === 'PERSON') return { ...about, involvedId: (await refer(uow, Person, 'Person', id, 'aboutId')).id };
  if (scope === 'RELEASE') return { ...about, releaseId: (await refer(uow, Release, 'Release', id, 'aboutId')).id };
  return { ...about, ciId: (await refer(uow, ConfigurationItem, 'ConfigurationItem', id, 'aboutId')).id };
}

// Events name the person and the scope, never the secret or its hash.
const told = (uow: UnitOfWork, feed: CalendarFeed, verb: 'created' | 'rotated' | 'revoked', reason?: string | null) =>
  uow.record({
    type: `calendar-feed.${verb}`,
    subjectType: 'CalendarFeed',
    subject: feed,
    topics: [feed.personId, feed.ciId, feed.involvedId, feed.releaseId],
    reason: reason ?? null,
    data: { personId: toNodeId('Person', feed.personId), scope: feed.scope },
  });

/**
 * Creates a feed for yourself. It falls with the token that it is created with: a stolen token leaves no feed behind.
 * @throws RequestError BAD_USER_INPUT, NOT_FOUND; LIMIT_EXCEEDED for one feed too many
 */
export async function calendarFeedCreate(
  uow: UnitOfWork,
  input: { readonly name: string; readonly scope: CalendarFeedScope; readonly aboutId?: string | null },
): Promise<FeedWithPath> {
  const person = await lock(uow, Person, 'Person', uow.actorId);
  const lineage = await lineageInUse(uow);
  const about = await aboutOf(uow, input.scope, input.aboutId);
  const feeds = await uow.em.count(CalendarFeed, { personId: person.id, revokedAt: null });
  if (feeds >= MAX_CALENDAR_FEEDS)
    throw new RequestError(
      'LIMIT_EXCEEDED',
      `You have ${MAX_CALENDAR_FEEDS} feeds. Revoke one that you no longer use.`,
      { max: MAX_CALENDAR_FEEDS },
    );
  const secret = newSecret();
  const calendarFeed = uow.em.create(CalendarFeed, {
    id: newId(),
    name: name(input.name),
    personId: person.id,
    scope: input.scope,
    ...about,
    secretHash: hashOfFeedSecret(secret),
    lineage: [...lineage],
    subject: uow.actor.via === 'oidc' ? (uow.actor.subject ?? '') : null,
  });
  told(uow, calendarFeed, 'created');
  return { calendarFeed, path: pathOf(calendarFeed.id, secret) };
}

interface FeedCommand {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly reason?: string | null;
}

/**
 * Gives a feed a new address. The old one stops working at once.
 * @throws RequestError FORBIDDEN for the feed of somebody else, BAD_USER_INPUT for a revoked one
 */
export async function calendarFeedRotate(uow: UnitOfWork, input: FeedCommand): Promise<FeedWithPath> {
  const calendarFeed = await lockForCommand(uow, CalendarFeed, 'CalendarFeed', input);
  if (calendarFeed.personId !== uow.actorId)
    throw new RequestError('FORBIDDEN', 'Only the person of a feed can give it a new address. You can revoke it.');
  if (calendarFeed.revokedAt !== null)
    throw new RequestError('BAD_USER_INPUT', 'The feed was revoked. Create a new one.', { field: 'id' });
  const secret = newSecret();
  calendarFeed.secretHash = hashOfFeedSecret(secret);
  calendarFeed.rotatedAt = uow.now;
  // From now on the feed hangs on the sign-in that rotated it.
  calendarFeed.lineage = [...(await lineageInUse(uow))];
  calendarFeed.subject = uow.actor.via === 'oidc' ? (uow.actor.subject ?? '') : null;
  told(uow, calendarFeed, 'rotated', input.reason);
  return { calendarFeed, path: pathOf(calendarFeed.id, secret) };
}

/**
 * Revokes a feed. Its address stops working at once. Revoking it again changes nothing.
 * @throws RequestError FORBIDDEN for the feed of somebody else, except for administrators
 */
export async function calendarFeedRevoke(uow: UnitOfWork, input: FeedCommand): Promise<CalendarFeed> {
  const calendarFeed = await lockForCommand(uow, CalendarFeed, 'CalendarFeed', input);
  if (calendarFeed.personId !== uow.actorId && !uow.actor.roles.includes('ADMINISTRATOR'))
    throw new RequestError('FORBIDDEN', 'Only an administrator can revoke the feed of somebody else.', {
      roles: ['ADMINISTRATOR'],
    });
  if (calendarFeed.revokedAt !== null) return calendarFeed;
  calendarFeed.revokedAt = uow.now;
  told(uow, calendarFeed, 'revoked', input.reason);
  return calendarFeed;
}
