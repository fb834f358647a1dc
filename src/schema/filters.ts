import { type ClassType, Field, Float, ID, InputType, Int } from 'type-graphql';
import { DateTime } from './scalars.js';

/** Comparisons on text. All given ones must hold. */
@InputType('StringFilter', {
  description: 'Comparisons on text. All must hold; none may be null.',
})
export class StringFilter {
  @Field(() => String, { nullable: true, description: 'Equals this text, including its case.' })
  eq?: string;
  @Field(() => String, { nullable: true, description: 'Differs from this text, or is absent.' })
  ne?: string;
  @Field(() => [String], { nullable: true, description: 'Equals one of these texts.' })
  in?: string[];
  @Field(() => [String], {
    nullable: true,
    description: 'Equals none of these texts, or is absent: the opposite of `in`.',
  })
  notIn?: string[];
  @Field(() => String, {
    nullable: true,
    description: 'Contains this text. Ignores case, also beyond ASCII.',
  })
  contains?: string;
  @Field(() => String, {
    nullable: true,
    description: 'Starts with this text. Ignores case, also beyond ASCII.',
  })
  startsWith?: string;
  @Field(() => Boolean, { nullable: true, description: 'True: the value is absent. False: it is present.' })
  isNull?: boolean;
}

/** Comparisons on ids. */
@InputType('IdFilter', {
  description:
    'Comparisons on ids of objects. A field can refer to no object, to one or to many, e.g. all targets. ' +
    'All given comparisons must hold, each on its own, and none may be null.',
})
export class IdFilter {
  @Field(() => ID, { nullable: true, description: 'Refers to this object, among others or alone.' })
  eq?: string;
  @Field(() => [ID], { nullable: true, description: 'Refers to at least one of these objects.' })
  in?: string[];
  @Field(() => [ID], {
    nullable: true,
    description: 'Refers to none of these objects: the opposite of `in`. Also true when no object is set.',
  })
  notIn?: string[];
  @Field(() => Boolean, {
    nullable: true,
    description: 'True: it refers to no object. False: it refers to at least one.',
  })
  isNull?: boolean;
}

/** Comparisons on instants. */
@InputType('DateTimeFilter', {
  description: 'Comparisons on instants. All must hold; none may be null.',
})
export class DateTimeFilter {
  @Field(() => DateTime, { nullable: true, description: 'Before this instant.' })
  lt?: string;
  @Field(() => DateTime, { nullable: true, description: 'At or before this instant.' })
  lte?: string;
  @Field(() => DateTime, { nullable: true, description: 'After this instant.' })
  gt?: string;
  @Field(() => DateTime, { nullable: true, description: 'At or after this instant.' })
  gte?: string;
  @Field(() => Boolean, { nullable: true, description: 'True: the value is absent. False: it is present.' })
  isNull?: boolean;
}

/** Comparisons on whole numbers. */
@InputType('IntFilter', {
  description: 'Comparisons on whole numbers. All must hold; none may be null.',
})
export class IntFilter {
  @Field(() => Int, { nullable: true, description: 'Equals this value.' })
  eq?: number;
  @Field(() => Int, { nullable: true, description: 'Less than this number.' })
  lt?: number;
  @Field(() => Int, { nullable: true, description: 'Less than or equal to this number.' })
  lte?: number;
  @Field(() => Int, { nullable: true, description: 'Greater than this number.' })
  gt?: number;
  @Field(() => Int, { nullable: true, description: 'Greater than or equal to this number.' })
  gte?: number;
}

/** Comparisons on numbers. */
@InputType('NumberFilter', {
  description: 'Comparisons on numbers. All must hold; none may be null.',
})
export class NumberFilter {
  @Field(() => Float, { nullable: true, description: 'Equals this number.' })
  eq?: number;
  @Field(() => Float, { nullable: true, description: 'Differs from this number, or is absent.' })
  ne?: number;
  @Field(() => [Float], { nullable: true, description: 'Equals one of these numbers.' })
  in?: number[];
  @Field(() => [Float], {
    nullable: true,
    description: 'Equals none of these numbers, or is absent: the opposite of `in`.',
  })
  notIn?: number[];
  @Field(() => Float, { nullable: true, description: 'Less than this number.' })
  lt?: number;
  @Field(() => Float, { nullable: true, description: 'Less than or equal to this number.' })
  lte?: number;
  @Field(() => Float, { nullable: true, description: 'Greater than this number.' })
  gt?: number;
  @Field(() => Float, { nullable: true, description: 'Greater than or equal to this number.' })
  gte?: number;
}

/** Value of an input that {@link enumFilter} creates. */
export interface EnumFilterValue<T extends string> {
  eq?: T;
  ne?: T;
  in?: T[];
  notIn?: T[];
}

/** Creates the filter input of an enum. @param name GraphQL name of the enum; the input is `<name>Filter`. */
export function enumFilter<T extends string>(
  name: string,
  values: { readonly [K in T]: K },
): new () => EnumFilterValue<T> {
  @InputType(`${name}Filter`, {
    description: `Comparisons on ${name}. All must hold; none may be null.`,
  })
  class EnumFilter {
    @Field(() => values as object, { nullable: true, description: 'Equals this value.' })
    eq?: T;
    @Field(() => values as object, { nullable: true, description: 'Differs from this value, or is absent.' })
    ne?: T;
    @Field(() => [values as object], { nullable: true, description: 'Equals one of these values.' })
    in?: T[];
    @Field(() => [values as object], {
      nullable: true,
      description: 'Equals none of these values, or is absent: the opposite of `in`.',
    })
    notIn?: T[];
  }
  return EnumFilter;
}

/**
 * Creates the filter input of a list of enum values.
 * @param name GraphQL name of the enum; the input is `<name>ListFilter`.
 */
export function enumListFilter<T extends string>(
  name: string,
  values: { readonly [K in T]: K },
): new () => { has?: T; hasAny?: T[] } {
  @InputType(`${name}ListFilter`, {
    description: `Comparisons on a list of ${name}. All must hold; none may be null.`,
  })
  class EnumListFilter {
    @Field(() => values as object, { nullable: true, description: 'The list contains this value.' })
    has?: T;
    @Field(() => [values as object], { nullable: true, description: 'The list contains at least one of these values.' })
    hasAny?: T[];
  }
  return EnumListFilter;
}

/** Adds `and`, `or` and `not` to a filter class. Use it as a decorator above `@InputType`. */
export function Combinable(): ClassDecorator {
  return (target) => {
    const self = target as unknown as ClassType;
    Field(() => [self], {
      nullable: true,
      description: 'All of these match. None may be null or `{}`; `[]` always matches.',
    })(target.prototype, 'and');
    Field(() => [self], {
      nullable: true,
      description: 'Any of these matches. None may be null or `{}`; `[]` never matches.',
    })(target.prototype, 'or');
    Field(() => self, {
      nullable: true,
      description: 'This filter does not match. It must not be null or `{}`.',
    })(target.prototype, 'not');
  };
}
