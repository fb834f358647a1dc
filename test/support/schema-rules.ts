import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';
import type { Machine } from '../../src/domain/state-machine.js';

/** An operation as Type-GraphQL's decorators describe it. */
export interface DeclaredOperation {
  readonly schemaName: string;
  /** Undefined when it declares nothing; empty when any reader may ask. */
  readonly roles?: readonly string[] | undefined;
}

/** Operations that do not say who may ask. */
export const withoutAuthorisation = (operations: readonly DeclaredOperation[]): string[] =>
  operations.filter(({ roles }) => roles === undefined).map(({ schemaName }) => schemaName);

/** A field as Type-GraphQL's decorators describe it. */
export interface DeclaredField {
  readonly schemaName: string;
  readonly target: Function;
  readonly simple?: boolean | undefined;
  readonly roles?: readonly string[] | undefined;
}

/**
 * Fields that ask for a role and are `simple`, by themselves or by their class: Type-GraphQL would never check the
 * role.
 */
export function unguarded(
  fields: readonly DeclaredField[],
  classes: readonly { readonly target: Function; readonly simpleResolvers?: boolean | undefined }[],
): string[] {
  const simpleClasses = new Set(classes.filter((c) => c.simpleResolvers).map((c) => c.target));
  return fields
    .filter(({ roles, simple, target }) => roles !== undefined && (simple ?? simpleClasses.has(target)))
    .map(({ target, schemaName }) => `${target.name}.${schemaName}`);
}

/** Coordinates of everything in a schema that has no description. */
export function undescribed(schema: GraphQLSchema): string[] {
  const missing: string[] = [];
  const check = (coordinate: string, description: string | null | undefined) => {
    if (!description?.trim()) missing.push(coordinate);
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type) || (isScalarType(type) && isSpecifiedScalarType(type))) continue;
    check(type.name, type.description);
    if (isEnumType(type)) for (const value of type.getValues()) check(`${type.name}.${value.name}`, value.description);
    if (isInputObjectType(type))
      for (const field of Object.values(type.getFields())) check(`${type.name}.${field.name}`, field.description);
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        check(`${type.name}.${field.name}`, field.description);
        for (const argument of field.args) check(`${type.name}.${field.name}(${argument.name}:)`, argument.description);
      }
    }
  }
  return missing;
}

const capital = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** Commands of a machine for which the schema has no mutation. Commands of the server itself need none. */
export function missingMutations(schema: GraphQLSchema, machine: Machine<string, string, never>): string[] {
  const mutations = schema.getMutationType()?.getFields() ?? {};
  const commands = new Set(machine.rows.filter((row) => row.system !== true).map((row) => row.command));
  return [...commands].filter((name) => mutations[name] === undefined);
}

/**
 * Mutations on an existing object for which its machine has no row: `availableCommands` could not tell whether they are
 * possible.
 * @param noun how the mutations of the object start, e.g. `release`.
 * @param otherNouns nouns that start alike, e.g. `releaseTemplate`, whose mutations are not about this object.
 */
export function mutationsWithoutRow(
  schema: GraphQLSchema,
  noun: string,
  machine: Machine<string, string, never>,
  otherNouns: readonly string[],
): string[] {
  const about = (name: string, prefix: string) => name.startsWith(prefix) && /^[A-Z]/.test(name.slice(prefix.length));
  return Object.values(schema.getMutationType()?.getFields() ?? {})
    .filter(({ deprecationReason }) => deprecationReason == null)
    .filter(({ name }) => about(name, noun) && !otherNouns.some((other) => other !== noun && about(name, other)))
    .filter(({ args }) => {
      const input = getNamedType(args.find((argument) => argument.name === 'input')?.type as GraphQLInputType);
      return isInputObjectType(input) && input.getFields()['id'] !== undefined;
    })
    .map(({ name }) => name)
    .filter((name) => !machine.rows.some((row) => row.command === name && row.system !== true));
}

/** What is odd about the shape of each mutation: its argument, its input, its payload. */
export function oddMutations(schema: GraphQLSchema): string[] {
  const odd: string[] = [];
  for (const mutation of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const say = (what: string) => odd.push(`${mutation.name}: ${what}`);
    const [input, ...more] = mutation.args;
    if (input?.name !== 'input' || more.length > 0 || String(input.type) !== `${capital(mutation.name)}Input!`)
      say('takes something else than its own input');
    if (String(mutation.type) !== `${capital(mutation.name)}Payload!`)
      say('answers something else than its own payload');
    const fields = schema.getType(`${capital(mutation.name)}Input`);
    if (isInputObjectType(fields)) {
      if (!fields.getFields()['idempotencyKey']) say('has no idempotencyKey');
      if (mutation.name.endsWith('Update') && String(fields.getFields()['expectedVersion']?.type) !== 'Int!')
        say('is an edit without a required expectedVersion');
    }
    const payload = schema.getType(`${capital(mutation.name)}Payload`);
    if (isObjectType(payload)) {
      const types = { userErrors: '[UserError!]!', replayed: 'Boolean!', query: 'Query!' };
      for (const [name, type] of Object.entries(types))
        if (String(payload.getFields()[name]?.type) !== type) say(`has no ${name}: ${type} in its payload`);
    }
  }
  return odd;
}
