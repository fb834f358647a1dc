import { Field, ID, ObjectType } from 'type-graphql';
import { connectionType } from './connection.js';
import { enumFrom } from './enums.js';

const KINDS = {
  ADDED: 'It was not there at the earlier moment.',
  REMOVED: 'It was not there at the later moment.',
  CHANGED: 'It was there at both moments, and differs.',
} as const;

export type DifferenceKind = keyof typeof KINDS;

export const DifferenceKindEnum = enumFrom(
  'DifferenceKind',
  Object.keys(KINDS) as DifferenceKind[],
  'How something differs between two moments.',
  KINDS,
);

/** Something that differs, and the ids of its two states. */
export interface Difference {
  readonly kind: DifferenceKind;
  readonly fields: readonly string[];
  readonly beforeId: string | null;
  readonly afterId: string | null;
}

/** A relation that differs. */
@ObjectType('CiRelationDifference', {
  description: 'Relation that was there at one of two moments only.',
  simpleResolvers: true,
})
export class CiRelationDifferenceType implements Difference {
  @Field(() => DifferenceKindEnum, { description: 'Whether the relation was added or removed.' })
  kind!: DifferenceKind;

  fields!: readonly string[];
  beforeId!: string | null;
  afterId!: string | null;
}

/** An installation that differs. */
@ObjectType('InstallationDifference', {
  description:
    'DML item that was installed at one of two moments only, or differently: for example in another version.',
  simpleResolvers: true,
})
export class InstallationDifferenceType implements Difference {
  @Field(() => DifferenceKindEnum, { description: 'Whether it was installed, removed or changed in between.' })
  kind!: DifferenceKind;

  @Field(() => [String], {
    description: 'Names of the fields that differ, e.g. dmlItemVersion. Empty unless it was there at both moments.',
  })
  fields!: readonly string[];
  beforeId!: string | null;
  afterId!: string | null;
}

/** An item that differs. */
@ObjectType('ConfigurationItemDifference', {
  description: 'Configuration item that differs between two moments: in its fields, its relations or its software.',
  simpleResolvers: true,
})
export class ConfigurationItemDifferenceType implements Difference {
  @Field(() => ID, { description: 'Id of the configuration item.' })
  objectId!: string;

  @Field(() => DifferenceKindEnum, { description: 'How the item differs.' })
  kind!: DifferenceKind;

  @Field(() => [String], {
    description: 'Names of its fields that differ. Empty for an item that differs in relations or software only.',
  })
  fields!: readonly string[];

  @Field(() => [CiRelationDifferenceType], { description: 'Relations that start at the item and differ.' })
  relations!: readonly CiRelationDifferenceType[];

  @Field(() => [InstallationDifferenceType], { description: 'Installations on the item that differ.' })
  installations!: readonly InstallationDifferenceType[];

  beforeId!: string | null;
  afterId!: string | null;
}

export const ConfigurationItemDifferenceConnection = connectionType(
  'ConfigurationItemDifference',
  () => ConfigurationItemDifferenceType,
);
