import { Field, Int, ObjectType } from 'type-graphql';
import {
  DML_ITEM_VERSION_STATE_DESCRIPTIONS,
  DML_ITEM_VERSION_STATES,
  RECALL_EFFECT_DESCRIPTIONS,
  RECALL_EFFECTS,
  type DmlItemVersionState,
  type RecallEffect,
} from '../../domain/library/dml-item-version.machine.js';
import { enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime, JSONObject } from '../scalars.js';
import { id, instant, listType, oneOf, text } from '../list.js';

export const DmlItemVersionStateEnum = enumFrom(
  'DmlItemVersionState',
  DML_ITEM_VERSION_STATES,
  'State of a media version in the Definitive Media Library.',
  DML_ITEM_VERSION_STATE_DESCRIPTIONS,
);

export const RecallEffectEnum = enumFrom(
  'RecallEffect',
  RECALL_EFFECTS,
  'What a recall does to distributions that install the version at that time.',
  RECALL_EFFECT_DESCRIPTIONS,
);

/** A media version in the API. */
@ObjectType('DmlItemVersion', {
  implements: NodeType,
  description:
    'Version of a DML item: immutable media with a lifecycle from registration to authorisation, recall or ' +
    'retirement. ' +
    'Upload its bytes with `PUT /media/versions/<id>`.',
  simpleResolvers: true,
})
export class DmlItemVersionType extends NodeType {
  @Field(() => String, { description: 'Human-readable number, e.g. DMV-1001.' })
  number!: string;

  @Field(() => String, { description: 'Label of the version, e.g. `2.4.1`. Unique within its item.' })
  label!: string;

  @Field(() => DmlItemVersionStateEnum, {
    description: 'State in the lifecycle. Only an authorised version can be distributed.',
  })
  state!: DmlItemVersionState;

  @Field(() => String, {
    nullable: true,
    description: 'Reason for the current state, given by a person or found by a check. Null if there is none.',
  })
  stateReason!: string | null;

  @Field(() => RecallEffectEnum, {
    nullable: true,
    description: 'What the recall does to distributions that install the version. Null unless it is recalled.',
  })
  recallEffect!: RecallEffect | null;

  @Field(() => String, { description: 'Origin of the bytes, e.g. an address, a build or a delivery note.' })
  source!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'SHA-256 that the source claims, as 64 lower-case hexadecimal digits. An upload with another digest is refused.',
  })
  claimedDigest!: string | null;

  @Field(() => String, { nullable: true, description: 'Name of the uploaded file. Null before the upload.' })
  fileName!: string | null;

  @Field(() => String, { nullable: true, description: 'Media type of the uploaded file, e.g. `application/gzip`.' })
  mediaType!: string | null;

  @Field(() => JSONObject, {
    description: 'Parameters of this version for deployment tools, by tool name, e.g. a playbook or a package name.',
  })
  bindings!: Record<string, unknown>;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Time at which the bytes of this version last passed the checks.',
  })
  verifiedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Time of the authorisation. Null if it is not authorised.' })
  authorisedAt!: string | null;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which the version was registered.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to the record.' })
  updatedAt!: string;

  itemId!: string;
  mediaId!: string | null;
  authorId!: string;
  uploadedById!: string | null;
  authorisedById!: string | null;
}

export const DmlItemVersionStateFilter = enumFilter('DmlItemVersionState', DmlItemVersionStateEnum);

/** Lists of media versions, with their filters and sort fields. */
export const dmlItemVersionList = listType('DmlItemVersion', () => DmlItemVersionType, {
  of: 'media versions',
  filter: {
    number: text('Number of the version, e.g. DMV-1001.'),
    label: text('Label of the version, e.g. `2.4.1`.'),
    state: oneOf(DmlItemVersionStateFilter, 'State in the lifecycle.'),
    item: id('DmlItem', 'Item of the version.'),
    repository: id('DmlRepository', 'Repository of the item.'),
    digest: text('SHA-256 of the bytes. `isNull: true` matches versions without bytes.'),
    author: id('Person', 'Person who registered the version.'),
    authorisedBy: id('Person', 'Person who authorised the version.'),
    release: id('Release', 'Release that contains the version.'),
    authorisedAt: instant('Time of the authorisation.'),
  },
  order: {
    LABEL: text('Label of the version, compared as text.'),
    NUMBER: text('Number of the version, compared as text.'),
    UPDATED_AT: instant('Time of the last change.'),
  },
});
