import { Field, InputType } from 'type-graphql';
import { DateTimeFilter, NumberFilter, StringFilter } from '../filters.js';

/** What a filter says of one attribute: exactly one of its fields beside the name. */
@InputType('AttributeFilter', {
  description:
    'Condition on one attribute: its name and exactly one of the other fields. The class declares the attribute with ' +
    '`indexed: true`.',
})
export class AttributeFilter {
  @Field(() => String, { description: 'Name of the attribute, e.g. `memory`.' })
  name!: string;
  @Field(() => NumberFilter, {
    nullable: true,
    description: 'Comparisons on an attribute that is a number or integer.',
  })
  number?: NumberFilter;
  @Field(() => StringFilter, { nullable: true, description: 'Comparisons on an attribute that is text.' })
  text?: StringFilter;
  @Field(() => DateTimeFilter, {
    nullable: true,
    description: 'Comparisons on an attribute of the format `date` or `date-time`. A date is its midnight in UTC.',
  })
  date?: DateTimeFilter;
  @Field(() => Boolean, { nullable: true, description: 'Value of an attribute that is a boolean.' })
  flag?: boolean;
  @Field(() => Boolean, { nullable: true, description: 'True: the item has no such attribute. False: it has one.' })
  isNull?: boolean;
}

/** What a filter says of the attributes of a class. */
@InputType('AttributesFilter', {
  description: 'Items of a class of your own or of a class below it, by their attributes.',
})
export class AttributesFilter {
  @Field(() => String, { description: 'Key of the class that declares the attributes, e.g. `blade-server`.' })
  of!: string;
  @Field(() => [AttributeFilter], {
    nullable: true,
    description: 'Conditions on attributes, 20 at most. All must hold. Absent or empty: each item of the class.',
  })
  where?: AttributeFilter[];
}
