import { Field, ObjectType } from 'type-graphql';
import {
  PROVENANCE_ORIGIN_DESCRIPTIONS,
  PROVENANCE_ORIGINS,
  type ProvenanceOrigin,
} from '../../domain/cmdb/provenance.js';
import { enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { listType, oneOf, text } from '../list.js';
import { DateTime } from '../scalars.js';

export const ProvenanceOriginEnum = enumFrom(
  'ProvenanceOrigin',
  PROVENANCE_ORIGINS,
  'How a value came into the record.',
  PROVENANCE_ORIGIN_DESCRIPTIONS,
);

/** Where a field of a record comes from, in the API, and the row it is read as. */
@ObjectType('FieldProvenance', {
  description: 'Who said the value that a field of the record has, and which sources say otherwise.',
  simpleResolvers: true,
})
export class FieldProvenanceType {
  readonly id!: string;

  @Field(() => String, { description: 'Field of the record, e.g. `location` or `attributes.rack`.' })
  field!: string;

  @Field(() => ProvenanceOriginEnum, { description: 'How the value came into the record.' })
  origin!: ProvenanceOrigin;

  @Field(() => String, {
    nullable: true,
    description: 'Source that said it. Null if a person did without one, or if nobody knows.',
  })
  source!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Time at which it came into the record. Null if unknown.' })
  at!: string | null;

  @Field(() => [String], { description: 'Sources that say otherwise now, by name. See `sourceStatements`.' })
  disagreeing!: string[];

  personId!: string | null;
}

export const ProvenanceOriginFilter = enumFilter('ProvenanceOrigin', ProvenanceOriginEnum);

/** Lists of provenances, with their filters and sort fields. */
export const fieldProvenanceList = listType('FieldProvenance', () => FieldProvenanceType, {
  of: 'provenances of fields',
  filter: {
    field: text('Field of the record.'),
    origin: oneOf(ProvenanceOriginFilter, 'How the value came into the record.'),
    source: text('Source that said it.'),
  },
  order: { FIELD: text('Field of the record.') },
});
