import type { GraphQLScalarType } from 'graphql';
import { Field, ID, InputType, Int } from 'type-graphql';

/** TypeScript type of a value of a declared GraphQL type. */
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

/** One field of an input: type, nullability and description. */
export interface InputField<Value = unknown> {
  readonly type: unknown;
  readonly nullable: boolean;
  readonly description: string;
  readonly defaultValue?: unknown;
  /** True if null removes the value of an object that exists. */
  readonly clears?: boolean;
  /** Only for the compiler: type of the value. */
  readonly value?: Value;
}

/** The fields of an input by name. */
export type InputFields = Readonly<Record<string, InputField>>;

/** Plain object that an input with these fields becomes. */
export type InputOf<Fields extends InputFields> = {
  readonly [Name in keyof Fields]: Fields[Name] extends InputField<infer Value> ? Value : never;
};

/**
 * A required field.
 * @param type a scalar, enum or input class, or a list of one as `[Type]`.
 */
export const required = <const T>(type: T, description: string): InputField<ValueOf<T>> => ({
  type,
  nullable: false,
  description,
});

/** An optional field: absent or null is allowed. */
export const optional = <const T>(type: T, description: string): InputField<ValueOf<T> | null | undefined> => ({
  type,
  nullable: true,
  description,
});

/** An optional field whose value null removes: for a new object the same as absent, see {@link editOf}. */
export const clearable = <const T>(type: T, description: string): InputField<ValueOf<T> | null | undefined> => ({
  type,
  nullable: true,
  clears: true,
  description,
});

/** An optional field with a default. It is never null. */
export const withDefault = <const T>(type: T, defaultValue: unknown, description: string): InputField<ValueOf<T>> => ({
  type,
  nullable: false,
  description,
  defaultValue,
});

/** Key that makes it safe to retry a command. Every command has it. */
export const idempotencyKey = optional(String, 'Makes retries safe. The first result is kept for at least 24 hours.');

/**
 * The object of a command, and the version that the client last read.
 * @param noun for the description, e.g. `release`.
 */
export const commandFields = (noun: string) => ({
  id: required(ID, `Id of the ${noun}.`),
  expectedVersion: optional(Int, 'Version you last read. If given, a stale one fails with CONFLICT.'),
});

/** {@link commandFields} for edits, where the version is required. */
export const editFields = (noun: string) => ({
  id: required(ID, `Id of the ${noun}.`),
  expectedVersion: required(Int, 'Version you last read. A stale one fails with CONFLICT.'),
});

const NOT_OF_THE_OBJECT = new Set(['idempotencyKey', 'expectedVersion', 'reason']);

/**
 * The fields of a command that edits an object: absent keeps the value, null removes it where that is possible.
 * @returns the fields as the API shows them, and the names of those that refuse null.
 */
export function editOf(fields: InputFields): { readonly shown: InputFields; readonly notNull: readonly string[] } {
  const shown = Object.entries(fields).map(([name, field]) => [
    name,
    field.clears ? { ...field, description: `${field.description} Null removes it.` } : field,
  ]);
  const notNull = Object.entries(fields)
    .filter(([name, { nullable, clears }]) => nullable && !clears && !NOT_OF_THE_OBJECT.has(name))
    .map(([name]) => name);
  return { shown: Object.fromEntries(shown) as InputFields, notNull };
}

/** Optional reason of a command. */
export const reasonField = { reason: optional(String, 'Reason for the command. Recorded in the event.') };

/**
 * Creates a GraphQL input type from its fields.
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
