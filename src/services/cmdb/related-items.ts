import type { CiRelationKind } from '../../domain/cmdb/configuration-item.machine.js';
import { RequestError } from '../../domain/errors.js';
import { toNodeId } from '../../domain/node-id.js';
import type { EventDraft } from '../unit-of-work.js';

const TYPE = 'ConfigurationItem' as const;

/** @throws RequestError BAD_USER_INPUT for a relation of an item to itself */
export function refuseRelationToItself(sourceId: string, targetId: string): void {
  if (sourceId !== targetId) return;
  throw new RequestError('BAD_USER_INPUT', 'A configuration item cannot be related to itself.', { field: 'targetId' });
}

/** The event of a new relation. */
export const relatedEvent = (
  source: EventDraft['subject'],
  kind: CiRelationKind,
  target: { readonly id: string; readonly name: string },
  more: Record<string, unknown>,
): EventDraft => ({
  type: 'configuration-item.related',
  subjectType: TYPE,
  subject: source,
  topics: [target.id],
  data: { kind, targetId: toNodeId(TYPE, target.id), target: target.name, ...more },
});
