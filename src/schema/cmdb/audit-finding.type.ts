import { Field, Int, ObjectType } from 'type-graphql';
import {
  AUDIT_FINDING_KIND_DESCRIPTIONS,
  AUDIT_FINDING_KINDS,
  AUDIT_FINDING_STATE_DESCRIPTIONS,
  AUDIT_FINDING_STATES,
  type AuditFindingKind,
  type AuditFindingState,
} from '../../domain/cmdb/audit.machine.js';
import { enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { id, instant, listType, oneOf } from '../list.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';

export const AuditFindingKindEnum = enumFrom(
  'AuditFindingKind',
  AUDIT_FINDING_KINDS,
  'What an audit found.',
  AUDIT_FINDING_KIND_DESCRIPTIONS,
);
export const AuditFindingStateEnum = enumFrom(
  'AuditFindingState',
  AUDIT_FINDING_STATES,
  'State of an audit finding.',
  AUDIT_FINDING_STATE_DESCRIPTIONS,
);

/** An audit finding in the API, and the row it is read as. */
@ObjectType('AuditFinding', {
  implements: NodeType,
  description: 'Something that a configuration audit found about an item. Somebody has to look at it and close it.',
  simpleResolvers: true,
})
export class AuditFindingType extends NodeType {
  @Field(() => AuditFindingKindEnum, { description: 'Kind of finding, e.g. NOT_OBSERVED.' })
  kind!: AuditFindingKind;

  @Field(() => String, { description: 'What was found, in a sentence for people.' })
  message!: string;

  @Field(() => AuditFindingStateEnum, { description: 'State of the finding.' })
  state!: AuditFindingState;

  @Field(() => DateTime, { nullable: true, description: 'Time by which it is to be closed. Null if there is none.' })
  dueAt!: string | null;

  @Field(() => String, { nullable: true, description: 'Why it was closed. Null while it is open.' })
  reason!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Time at which it was closed. Null while it is open.' })
  closedAt!: string | null;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which it was found.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to the record.' })
  updatedAt!: string;

  auditId!: string;
  ciId!: string;
  driftId!: string | null;
  dmlItemVersionId!: string | null;
  ownerId!: string | null;
  closedById!: string | null;
}

export const AuditFindingKindFilter = enumFilter('AuditFindingKind', AuditFindingKindEnum);
export const AuditFindingStateFilter = enumFilter('AuditFindingState', AuditFindingStateEnum);

/** Lists of audit findings, with their filters and sort fields. */
export const auditFindingList = listType('AuditFinding', () => AuditFindingType, {
  of: 'audit findings',
  filter: {
    audit: id('ConfigurationAudit', 'Audit that found it.'),
    ci: id('ConfigurationItem', 'Item that it is about.'),
    kind: oneOf(AuditFindingKindFilter, 'Kind of finding, e.g. NOT_OBSERVED.'),
    state: oneOf(AuditFindingStateFilter, 'State of the finding.'),
    owner: id('Person', 'Person who has to look at it.'),
    dueAt: instant('Time by which it is to be closed.'),
  },
  order: { DUE_AT: instant('Time by which it is to be closed. Ascending, those without one come last.') },
});
