import { Field, Int, ObjectType } from 'type-graphql';
import { flag, id, instant, listType, text } from '../list.js';
import { NodeType } from '../node.type.js';
import { DateTime, JSONObject } from '../scalars.js';

/** An observation in the API, and the row it is read as. */
@ObjectType('CiObservation', {
  implements: NodeType,
  description:
    'The latest that one source, such as a discovery tool, says of a configuration item. It is kept beside the ' +
    'record and never changes it. Where they differ, there is drift.',
  simpleResolvers: true,
})
export class CiObservationType extends NodeType {
  @Field(() => String, { description: 'Source that says so, e.g. `discovery-berlin`.' })
  source!: string;

  @Field(() => String, { nullable: true, description: 'What the source calls the item. Null if it gave no key.' })
  key!: string | null;

  @Field(() => JSONObject, {
    description:
      'What the source says: fields, attributes, relations and installations. What is not named, it has not looked at.',
  })
  content!: Record<string, unknown>;

  @Field(() => Boolean, { description: 'Whether the source says that the item is no longer there.' })
  gone!: boolean;

  @Field(() => Boolean, {
    description: 'Whether the source has not told of the item for longer than it said it would.',
  })
  overdue!: boolean;

  @Field(() => DateTime, { description: 'Time since which it has been so, as the source says.' })
  since!: string;

  @Field(() => DateTime, { description: 'Time at which the source looked last.' })
  observedAt!: string;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Time by which the source looks again. Null if it did not say.',
  })
  dueAt!: string | null;

  @Field(() => Int, { description: 'Increases with every observation that says something else.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which the source told of the item first.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time at which the server last heard of it.' })
  updatedAt!: string;

  ciId!: string;
  observedById!: string | null;
}

/** Lists of observations, with their filters and sort fields. */
export const ciObservationList = listType('CiObservation', () => CiObservationType, {
  of: 'observations',
  filter: {
    ci: id('ConfigurationItem', 'Configuration item that was observed.'),
    source: text('Source that observed it.'),
    key: text('What the source calls the item.'),
    gone: flag('Whether the source says that the item is no longer there.'),
    overdue: flag('Whether the source has not told of the item for longer than it said it would.'),
    observedAt: instant('Time at which the source looked last.'),
  },
});
