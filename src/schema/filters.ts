import { type ClassType, Field, ID, InputType, Int } from 'type-graphql';
import { DateTime } from './scalars.js';

/** Comparisons on text. All given ones must hold. */
@InputType('StringFilter', { description: 'Comparisons on text. All that are given must hold.' })
export class StringFilter {
  @Field(() => String, { nullable: true, description: 'Equal, letter by letter.' })
  eq?: string;
  @Field(() => String, { nullable: true, description: 'Not equal, or absent.' })
  ne?: string;
  @Field(() => [String], { nullable: true, description: 'Equal to one of these.' })
  in?: string[];
  @Field(() => [String], { nullable: true, description: 'Equal to none of these, or absent.' })
  notIn?: string[];
  @Field(() => String, { nullable: true, description: 'Contains this, in any case.' })
  contains?: string;
  @Field(() => String, { nullable: true, description: 'Starts with this, in any case.' })
  startsWith?: string;
  @Field(() => Boolean, { nullable: true, description: 'True: absent. False: present.' })
  isNull?: boolean;
}

/** Comparisons on ids. */
@InputType('IdFilter', { description: 'Comparisons on ids. All that are given must hold.' })
export class IdFilter {
  @Field(() => ID, { nullable: true, description: 'This very object.' })
  eq?: string;
  @Field(() => [ID], { nullable: true, description: 'One of these objects.' })
  in?: string[];
  @Field(() => [ID], { nullable: true, description: 'None of these objects.' })
  notIn?: string[];
  @Field(() => Boolean, { nullable: true, description: 'True: none is set. False: one is set.' })
  isNull?: boolean;
}

/** Comparisons on instants. */
@InputType('DateTimeFilter', { description: 'Comparisons on instants. All that are given must hold.' })
export class DateTimeFilter {
  @Field(() => DateTime, { nullable: true, description: 'Before.' })
  lt?: string;
  @Field(() => DateTime, { nullable: true, description: 'Before or at.' })
  lte?: string;
  @Field(() => DateTime, { nullable: true, description: 'After.' })
  gt?: string;
  @Field(() => DateTime, { nullable: true, description: 'After or at.' })
  gte?: string;
  @Field(() => Boolean, { nullable: true, description: 'True: absent. False: present.' })
  isNull?: boolean;
}

/** Comparisons on whole numbers. */
@InputType('IntFilter', { description: 'Comparisons on whole numbers. All that are given must hold.' })
export class IntFilter {
  @Field(() => Int, { nullable: true, description: 'Equal.' })
  eq?: number;
  @Field(() => Int, { nullable: true, description: 'Less.' })
  lt?: number;
  @Field(() => Int, { nullable: true, description: 'Less or equal.' })
  lte?: number;
  @Field(() => Int, { nullable: true, description: 'Greater.' })
  gt?: number;
  @Field(() => Int, { nullable: true, description: 'Greater or equal.' })
  gte?: number;
}

/** What {@link enumFilter} makes for an enum. */
export interface EnumFilterValue<T extends string> {
  eq?: T;
  ne?: T;
  in?: T[];
  notIn?: T[];
}

/** The filter input on one enum. @param name GraphQL name of the enum; the input is `<name>Filter`. */
export function enumFilter<T extends string>(
  name: string,
  values: { readonly [K in T]: K },
): new () => EnumFilterValue<T> {
  @InputType(`${name}Filter`, { description: `Comparisons on ${name}. All that are given must hold.` })
  class EnumFilter {
    @Field(() => values as object, { nullable: true, description: 'Equal.' })
    eq?: T;
    @Field(() => values as object, { nullable: true, description: 'Not equal.' })
    ne?: T;
    @Field(() => [values as object], { nullable: true, description: 'One of these.' })
    in?: T[];
    @Field(() => [values as object], { nullable: true, description: 'None of these.' })
    notIn?: T[];
  }
  return EnumFilter;
}

/** The filter input on a list of enum values. */
export function enumListFilter<T extends string>(
  name: string,
  values: { readonly [K in T]: K },
): new () => { has?: T; hasAny?: T[] } {
  @InputType(`${name}ListFilter`, { description: `Comparisons on a list of ${name}.` })
  class EnumListFilter {
    @Field(() => values as object, { nullable: true, description: 'The list contains this value.' })
    has?: T;
    @Field(() => [values as object], { nullable: true, description: 'The list contains at least one of these values.' })
    hasAny?: T[];
  }
  return EnumListFilter;
}

/** Adds `and`, `or` and `not` to a filter class: call it as a decorator above `@InputType`. */
export function Combinable(): ClassDecorator {
  return (target) => {
    const self = target as unknown as ClassType;
    Field(() => [self], { nullable: true, description: 'All of these must hold.' })(target.prototype, 'and');
    Field(() => [self], { nullable: true, description: 'At least one of these must hold.' })(target.prototype, 'or');
    Field(() => self, { nullable: true, description: 'This must not hold.' })(target.prototype, 'not');
  };
}
