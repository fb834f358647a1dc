import { Field, ObjectType } from 'type-graphql';
import { flag, listType, text } from '../list.js';
import { DateTime, JSONValue } from '../scalars.js';

/** What a source says of one field, in the API, and the row it is read as. */
@ObjectType('SourceStatement', {
  description: 'What a source says of one field of a configuration item.',
  simpleResolvers: true,
})
export class SourceStatementType {
  readonly id!: string;

  @Field(() => String, { description: 'Field, e.g. `location` or `attributes.rack`.' })
  field!: string;

  @Field(() => String, { description: 'Source that says it.' })
  source!: string;

  @Field(() => JSONValue, { nullable: true, description: 'Value that the source sees. Null if it sees none.' })
  observed!: unknown;

  @Field(() => DateTime, { description: 'Time at which the source looked last.' })
  observedAt!: string;

  @Field(() => Boolean, { description: 'Whether the record says the same.' })
  agrees!: boolean;

  @Field(() => String, {
    nullable: true,
    description:
      'Source with precedence that says the field, too. A difference of this one is then a disagreement, and no ' +
      'drift. Null if there is none.',
  })
  overruledBy!: string | null;
}

/** Lists of statements of sources, with their filters and sort fields. */
export const sourceStatementList = listType('SourceStatement', () => SourceStatementType, {
  of: 'statements of sources',
  filter: {
    field: text('Field that it is about.'),
    source: text('Source that says it.'),
    agrees: flag('Whether the record says the same.'),
  },
  order: { FIELD: text('Field that it is about.') },
});
