import type { GraphQLScalarType } from 'graphql';
import { Field, ID, InputType, Int } from 'type-graphql';

/** What a value of a declared GraphQL type is in TypeScript. */
export type ValueOf<T> = T extends readonly [infer Item]
  ? ValueOf<Item>[]
  : T extends StringConstructor
    ? string
    : T extends BooleanConstructor
      ? boolean
      : T extends GraphQLScalarType<infer Value>
        ? Value
        : T extends abstract new (...args: never[]) => infer Instance
          ? Instance
          : T extends Readonly<Record<string, string>>
            ? keyof T & string
            : never;

/** One field of an input: its type, whether it may be left out, and what it means. */
export interface InputField<Value = unknown> {
  readonly type: unknown;
  readonly nullable: boolean;
  readonly description: string;
  readonly defaultValue?: unknown;
  /** Only for the compiler: the value that the field holds. */
  readonly value?: Value;
}

/** The fields of an input by name. */
export type InputFields = Readonly<Record<string, InputField>>;

/** The plain object that an input with these fields is. */
export type InputOf<Fields extends InputFields> = {
  readonly [Name in keyof Fields]: Fields[Name] extends InputField<infer Value> ? Value : never;
};

/**
 * A field that has to be given.
 * @param type a scalar, enum or input class, or a list of one as `[Type]`.
 */
export const required = <const T>(type: T, description: string): InputField<ValueOf<T>> => ({
  type,
  nullable: false,
  description,
});

/** A field that may be left out or be null. */
export const optional = <const T>(type: T, description: string): InputField<ValueOf<T> | null | undefined> => ({
  type,
  nullable: true,
  description,
});

/** A field that may be left out and then has a value of its own; it is never null. */
export const withDefault = <const T>(type: T, defaultValue: unknown, description: string): InputField<ValueOf<T>> => ({
  type,
  nullable: false,
  description,
  defaultValue,
});

/** What makes the repetition of a command safe; every command has it. */
export const idempotencyKey = optional(
  String,
  'Makes repeating the call safe: the same key with the same input gives the first result again. Kept at least 24 hours.',
);

/** The object that a command is about, and the version that the client has seen. @param noun for the description, e.g. `release`. */
export const commandFields = (noun: string) => ({
  id: required(ID, `The ${noun}.`),
  expectedVersion: optional(Int, 'The version that was read; when given, another one is refused with CONFLICT.'),
});

/** Like {@link commandFields} for edits, which must say which version they are based on. */
export const editFields = (noun: string) => ({
  id: required(ID, `The ${noun}.`),
  expectedVersion: required(Int, 'The version that was read; another one is refused with CONFLICT.'),
});

/** The reason of a command, where it may be left out. */
export const reasonField = { reason: optional(String, 'Why; kept in the event.') };

/**
 * Makes a GraphQL input from its fields.
 * @param name name of the GraphQL type.
 */
export function inputType<Fields extends InputFields>(
  name: string,
  description: string,
  fields: Fields,
): new () => InputOf<Fields> {
  class Input {}
  for (const [field, { type, nullable, description: meaning, defaultValue }] of Object.entries(fields)) {
    Field(() => type as StringConstructor, {
      description: meaning,
      ...(nullable && { nullable: true }),
      ...(defaultValue !== undefined && { defaultValue }),
    })(Input.prototype, field);
  }
  InputType(name, { description })(Input);
  return Input as new () => InputOf<Fields>;
}
