import type { Queryable } from '../../database/queryable.js';
import { RequestError } from '../../domain/errors.js';
import type { PageInput } from '../../domain/list.js';
import {
  countKeptOutages,
  keptOutages,
  outagesOfKept,
  unkeptOutages,
  type OutageCandidate,
  type OutagesAsked,
} from '../../facts/schedule/service-outage.facts.js';
import type { ServiceOutageType } from '../../schema/schedule/service-outage.type.js';
import { isBeyond, keyedBounds, keyedPage, type ListPage } from '../list-page.js';

const sortKey = ({ startsAt, workId, serviceId }: OutageCandidate): string =>
  `${startsAt.toISOString()} ${workId} ${serviceId}`;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What a cursor holds. @throws RequestError BAD_USER_INPUT */
function placeOf(key: string, field: string): readonly [string, string, string] {
  const [startsAt = '', workId = '', serviceId = ''] = key.split(' ');
  if (Number.isNaN(Date.parse(startsAt)) || !UUID.test(workId) || !UUID.test(serviceId))
    throw new RequestError('BAD_USER_INPUT', `"${field}" is not a cursor of this list.`, { field });
  return [new Date(startsAt).toISOString(), workId, serviceId];
}

/**
 * A page of the Projected Service Outage, by start. Booked work is found by what is kept of it, so a page costs the
 * same in a schedule of any size; what its effect is, is worked out for the page only.
 */
export async function outagePage(
  db: Queryable,
  asked: OutagesAsked,
  page: PageInput,
): Promise<ListPage<ServiceOutageType>> {
  const bounds = keyedBounds(page);
  const beyond = bounds.beyond === undefined ? null : placeOf(bounds.beyond, bounds.backward ? 'before' : 'after');
  const fresh = await unkeptOutages(db, asked);
  const kept = await keptOutages(db, asked, { ...bounds, beyond });
  const way = bounds.backward ? -1 : 1;
  const wanted = [...kept, ...fresh.filter((one) => isBeyond(sortKey(one), bounds))]
    .sort((a, b) => way * (sortKey(a) < sortKey(b) ? -1 : 1))
    .slice(0, bounds.size + 1);
  const known = await outagesOfKept(
    db,
    wanted.filter((one) => !('effect' in one)),
  );
  const items = wanted.flatMap((one) =>
    'effect' in one ? [one as ServiceOutageType] : (known.get(`${one.workId} ${one.serviceId}`) ?? []),
  );
  // What is gone since it was kept shortens the page, and ends it only if there was no more.
  const size = items.length - (wanted.length > bounds.size ? 1 : 0);
  return keyedPage(items, { ...bounds, size }, sortKey, async () => (await countKeptOutages(db, asked)) + fresh.length);
}
