import { Field, ObjectType } from 'type-graphql';
import type { CiRelationKind } from '../../domain/cmdb/configuration-item.machine.js';
import { connectionType } from '../connection.js';
import { CiRelationKindEnum } from '../enums.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';

/** A relation in the API. */
@ObjectType('CiRelation', {
  implements: NodeType,
  description: 'Typed, directed relation between two configuration items.',
  simpleResolvers: true,
})
export class CiRelationType extends NodeType {
  @Field(() => CiRelationKindEnum, { description: 'Kind of relation, read as "source KIND target".' })
  kind!: CiRelationKind;

  @Field(() => DateTime, { description: 'Time at which the relation was recorded.' })
  createdAt!: string;

  sourceId!: string;
  targetId!: string;
}

export const CiRelationConnection = connectionType('CiRelation', () => CiRelationType);
