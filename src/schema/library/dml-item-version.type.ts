import { Field, Int, ObjectType } from 'type-graphql';
import {
  DML_ITEM_VERSION_STATE_DESCRIPTIONS,
  DML_ITEM_VERSION_STATES,
  type DmlItemVersionState,
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
      'By name of a deployment tool instance: what that tool needs to know about this version, e.g. a playbook ' +
      'or a package name.',
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

export const DmlItemVersionStateFilter = enumFilter('DmlItemVersionState', DmlItemVersionStateEnum);

/** Lists of media versions: what they can be filtered and ordered by. */
export const dmlItemVersionList = listType('DmlItemVersion', () => DmlItemVersionType, {
  of: 'media versions',
  filter: {
    number: text('By number.'),
    label: text('By label.'),
    state: oneOf(DmlItemVersionStateFilter, 'By state.'),
    item: id('DmlItem', 'By item.'),
    repository: id('DmlRepository', 'By the repository of its item.'),
    digest: text('By the digest of its bytes; `isNull: true` finds versions without bytes.'),
    author: id('Person', 'By who registered it.'),
    authorisedBy: id('Person', 'By who authorised it.'),
    release: id('Release', 'By a release that contains it.'),
    authorisedAt: instant('By when it was authorised.'),
  },
  order: {
    LABEL: text('Label, as text.'),
    NUMBER: text('Number, as text.'),
    UPDATED_AT: instant('Time of the last change.'),
  },
});
