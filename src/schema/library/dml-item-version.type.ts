import { Field, InputType, Int, ObjectType } from 'type-graphql';
import {
  DML_ITEM_VERSION_STATE_DESCRIPTIONS,
  DML_ITEM_VERSION_STATES,
  type DmlItemVersionState,
} from '../../domain/library/dml-item-version.machine.js';
import { connectionType } from '../connection.js';
import { enumFrom, OrderDirection } from '../enums.js';
import { Combinable, DateTimeFilter, enumFilter, IdFilter, StringFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime, JSONObject } from '../scalars.js';
import type { OrderTerm } from '../../domain/list.js';

export const DmlItemVersionStateEnum = enumFrom(
  'DmlItemVersionState',
  DML_ITEM_VERSION_STATES,
  'State of a media version in the Definitive Media Library.',
  DML_ITEM_VERSION_STATE_DESCRIPTIONS,
);

/** A media version as the API shows it. */
@ObjectType('DmlItemVersion', {
  implements: NodeType,
  description:
    'One version of a DML item: immutable media and their life from registration to authorisation, recall or retirement. ' +
    'The bytes are uploaded with `PUT /media/versions/<id>`.',
  simpleResolvers: true,
})
export class DmlItemVersionType extends NodeType {
  @Field(() => String, { description: 'Number for people, e.g. DMV-1001.' })
  number!: string;

  @Field(() => String, { description: 'What the version is called, e.g. `2.4.1`; unique within its item.' })
  label!: string;

  @Field(() => DmlItemVersionStateEnum, {
    description: 'Where it is in its life. Only an authorised version can be distributed.',
  })
  state!: DmlItemVersionState;

  @Field(() => String, {
    nullable: true,
    description: 'Why it is in this state, when a reason was given or a check found one.',
  })
  stateReason!: string | null;

  @Field(() => String, { description: 'Where the bytes come from: an address, a build, a delivery note.' })
  source!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'SHA-256 that the source claims, 64 lower-case hexadecimal digits. An upload with another digest is refused.',
  })
  claimedDigest!: string | null;

  @Field(() => String, { nullable: true, description: 'Name of the uploaded file.' })
  fileName!: string | null;

  @Field(() => String, { nullable: true, description: 'Media type of the uploaded file, e.g. `application/gzip`.' })
  mediaType!: string | null;

  @Field(() => JSONObject, {
    description:
      'By name of a deployment tool instance: what that tool needs to know about this version, e.g. a playbook or a package name.',
  })
  bindings!: Record<string, unknown>;

  @Field(() => DateTime, { nullable: true, description: 'When the checks of the bytes last passed for this version.' })
  verifiedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was authorised.' })
  authorisedAt!: string | null;

  @Field(() => Int, { description: 'Grows with every change; give it back as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When it was registered.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When the record last changed.' })
  updatedAt!: string;

  itemId!: string;
  mediaId!: string | null;
  authorId!: string;
  uploadedById!: string | null;
  authorisedById!: string | null;
}

export const DmlItemVersionConnection = connectionType('DmlItemVersion', () => DmlItemVersionType);

export const DmlItemVersionStateFilter = enumFilter('DmlItemVersionState', DmlItemVersionStateEnum);

/** What lists of media versions can be narrowed by. */
@Combinable()
@InputType('DmlItemVersionFilter', { description: 'Narrows a list of media versions. All that is given must hold.' })
export class DmlItemVersionFilter {
  @Field(() => IdFilter, { nullable: true, description: 'By id.' })
  id?: IdFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By number.' })
  number?: StringFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By label.' })
  label?: StringFilter;
  @Field(() => DmlItemVersionStateFilter, { nullable: true, description: 'By state.' })
  state?: InstanceType<typeof DmlItemVersionStateFilter>;
  @Field(() => IdFilter, { nullable: true, description: 'By item.' })
  item?: IdFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By the repository of its item.' })
  repository?: IdFilter;
  @Field(() => StringFilter, {
    nullable: true,
    description: 'By the digest of its bytes; `isNull: true` finds versions without bytes.',
  })
  digest?: StringFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By who registered it.' })
  author?: IdFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By who authorised it.' })
  authorisedBy?: IdFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By a release that contains it.' })
  release?: IdFilter;
  @Field(() => DateTimeFilter, { nullable: true, description: 'By when it was authorised.' })
  authorisedAt?: DateTimeFilter;
}

export const DmlItemVersionOrderField = enumFrom(
  'DmlItemVersionOrderField',
  ['ID', 'LABEL', 'NUMBER', 'UPDATED_AT'],
  'What media versions can be ordered by.',
  {
    ID: 'Age of the record.',
    LABEL: 'Label, as text.',
    NUMBER: 'Number, as text.',
    UPDATED_AT: 'Time of the last change.',
  },
);

/** One term of an order of media versions. */
@InputType('DmlItemVersionOrder', { description: 'One term of an order of media versions.' })
export class DmlItemVersionOrder implements OrderTerm {
  @Field(() => DmlItemVersionOrderField, { description: 'By what.' })
  field!: keyof typeof DmlItemVersionOrderField;
  @Field(() => OrderDirection, { defaultValue: 'ASC', description: 'In which direction.' })
  direction!: 'ASC' | 'DESC';
}
