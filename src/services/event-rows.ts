import { newId } from '../database/new-id.js';
import { type NodeType, parseNodeId, toNodeId } from '../domain/node-id.js';
import type { Steps } from '../domain/steps.js';
import type { EventRow } from '../entities/insert-events.js';
import { pagesOf, topicsOfPagesSteps } from './change-pages.js';
import type { FieldChange } from './change-log.js';
import type { Aggregate, EventDraft, TransactionOrigin } from './unit-of-work.js';

/** What each event tells of. */
export type Told = ReadonlyMap<EventDraft, readonly FieldChange[]>;

/** Whether an event is recorded: one that says that something was updated only if something was. */
export const isTold = (draft: EventDraft, told: Told): boolean =>
  !(draft.ifChanged ?? draft.type.endsWith('.updated')) || (told.get(draft)?.length ?? 0) > 0;

const kebab = (type: string) => type.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();

/** Every change is in the log, also one that no use case recorded an event for. */
export const eventOfChange = (type: NodeType, id: string): EventDraft => ({
  type: `${kebab(type)}.updated`,
  subjectType: type,
  subject: { id },
});

// Who follows a change hears what is edited under it, and so does who asks what it touched.
const changesBehind = ({ data }: EventDraft): (string | undefined)[] =>
  ((data?.['underChanges'] ?? []) as readonly string[]).map((id) => parseNodeId(id)?.uuid);

/** Tells of the rest of what an event changed, where that is too much for one. */
const continued = (draft: EventDraft, event: string): EventDraft => ({
  ...draft,
  type: `${kebab(draft.subjectType)}.continued`,
  data: { continues: event },
});

/** Events as rows of the log, with more rows where one tells of too much: one step for each row and more. */
export function* eventRowSteps(
  drafts: readonly EventDraft[],
  told: Told,
  { origin, now }: { readonly origin: TransactionOrigin; readonly now: Date },
): Steps<EventRow[]> {
  const rows: EventRow[] = [];
  for (const first of drafts) {
    const event = newId();
    const parts = pagesOf(told.get(first) ?? []);
    const followed = [first.subject.id, ...(first.topics ?? []), ...changesBehind(first)].filter(
      (topic) => typeof topic === 'string',
    );
    const topics = yield* topicsOfPagesSteps(followed, parts);
    for (const [page, changes] of parts.entries()) {
      if (page > 0) yield;
      const [id, draft] = page === 0 ? [event, first] : [newId(), continued(first, toNodeId('Event', event))];
      rows.push(rowOf(id, draft, changes, topics[page] as readonly string[], { origin, now }));
    }
  }
  return rows;
}

function rowOf(
  id: string,
  draft: EventDraft,
  changes: readonly FieldChange[],
  topics: readonly string[],
  { origin, now }: { readonly origin: TransactionOrigin; readonly now: Date },
): EventRow {
  const subject = draft.subject as Aggregate & { number?: string; name?: string; title?: string; state?: string };
  return {
    id,
    type: draft.type,
    aggregate_type: draft.subjectType,
    aggregate_id: subject.id,
    aggregate_version: subject.version ?? 1,
    topics,
    at: now.toISOString(),
    actor_id: origin.actor.id ?? null,
    actor_name: origin.actor.name,
    token_id: origin.actor.tokenId ?? null,
    request_id: origin.requestId,
    reason: draft.reason ?? null,
    payload: JSON.stringify({
      subject: {
        number: subject.number ?? null,
        name: subject.name ?? subject.title ?? null,
        state: subject.state ?? null,
      },
      ...(changes.length > 0 && { changes }),
      ...draft.data,
    }),
  };
}
