import { Arg, Authorized, Ctx, Mutation, Resolver, type ClassType } from 'type-graphql';
import type { AppServices } from '../app-services.js';
import type { Role } from '../domain/roles.js';
import type { ReadModel, ReadRow } from '../reads/model.js';
import { commandFields, editOf, idempotencyKey, inputType, reasonField, type InputField } from '../schema/fields.js';
import { payloadType } from '../schema/payload.js';
import type { CommandInput } from '../services/command.js';
import { refuseNulls } from '../services/nulls.js';
import type { UnitOfWork } from '../services/unit-of-work.js';
import { command } from './command.js';
import type { SIGNED_IN } from './authorise.js';
import type { Context } from './context.js';

/** The object that a mutation returns in its payload. */
export interface CommandSubject<Row extends ReadRow = ReadRow> {
  /** Name of the payload's field, e.g. `release`. */
  readonly field: string;
  /** Noun for the object in descriptions, e.g. `media version`. Default: `field`. */
  readonly noun?: string;
  readonly type: () => ClassType | Function;
  readonly model: ReadModel<Row>;
}

type Result = Promise<{ readonly id: string }>;

/** Input fields that match the input of a use case. */
type FieldsFor<Input> = { readonly [Name in keyof Input]: InputField<Input[Name]> } & Readonly<
  Record<string, InputField>
>;

/** What the API adds to a use case to expose it as a mutation. The key of the specification names both. */
export interface CommandSpec<Input> {
  /** Roles that can issue the command; empty for every reader. Other conditions are guards of the machine. */
  readonly roles: readonly (Role | typeof SIGNED_IN)[];
  readonly description: string;
  /** Why and until when the mutation still exists, when another one replaces it. */
  readonly deprecated?: string;
  /** Description of the `input` argument. */
  readonly about: string;
  /** Description of the input type. Default: "Input of `<mutation>`." */
  readonly inputDescription?: string;
  /** Fields of the input besides `idempotencyKey`. Default: id, expected version and reason. */
  readonly input?: FieldsFor<Input>;
  /** Calls a use case that needs more than its input. */
  readonly run?: (uow: UnitOfWork, input: Input, services: AppServices) => Result;
  /** The object in the payload, if it differs from that of the other commands. */
  readonly shows?: CommandSubject;
}

/** Specifications by use case of a module. A use case that is not named has no mutation. */
export type CommandSpecs<UseCases> = {
  readonly [Name in keyof UseCases]?: UseCases[Name] extends (
    uow: UnitOfWork,
    input: infer Input,
    ...rest: never[]
  ) => Result
    ? CommandSpec<Input>
    : never;
};

// Commands that edit fields of an object, by their names.
const EDITS = /(Update|Upsert|Move|Revise)$/;
const NULL_REFUSED = 'Null is refused, except in a field that says what null does.';

const capital = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/**
 * Creates a resolver class with one mutation per use case. Input and payload types, roles, transaction and idempotency
 * come from the declaration. Use case, mutation and row of the machine share one name.
 * @param useCases functions `(uow, input)` by name, as a module exports them.
 */
export function commandsOn<UseCases extends object>(
  subject: CommandSubject,
  useCases: UseCases,
  specs: CommandSpecs<UseCases>,
): Function {
  class Commands {}
  const { prototype } = Commands;
  for (const [name, spec] of Object.entries(specs as Readonly<Record<string, CommandSpec<CommandInput>>>)) {
    const { field, type, model, noun = field } = spec.shows ?? subject;
    const run = spec.run ?? ((useCases as Record<string, unknown>)[name] as (uow: UnitOfWork, input: object) => Result);
    const fields = spec.input ?? { ...commandFields(noun), ...reasonField };
    const { shown, notNull } = EDITS.test(name) ? editOf(fields) : { shown: fields, notNull: [] };
    const about = spec.inputDescription ?? `Input of \`${name}\`.`;
    const description = notNull.length > 0 ? `${about} ${NULL_REFUSED}` : about;
    const Input = inputType(`${capital(name)}Input`, description, { ...shown, idempotencyKey });
    const Payload = payloadType(name, field, type);
    const method = async (input: CommandInput, context: Context) => {
      refuseNulls(input, notNull);
      return await command(context, { mutation: name, field, model }, input, (uow) =>
        run(uow, input, context.services),
      );
    };
    const descriptor: PropertyDescriptor = { value: method, writable: true, configurable: true };
    Object.defineProperty(prototype, name, descriptor);
    Reflect.defineMetadata('design:paramtypes', [Object, Object], prototype, name);
    Arg('input', () => Input, { description: spec.about })(prototype, name, 0);
    Ctx()(prototype, name, 1);
    Mutation(() => Payload, {
      description: spec.description,
      ...(spec.deprecated !== undefined && { deprecationReason: spec.deprecated }),
    })(prototype, name, descriptor);
    Authorized(...(spec.roles as Role[]))(prototype, name, descriptor);
  }
  Resolver()(Commands);
  return Commands;
}
