import { Field, InterfaceType, ObjectType } from 'type-graphql';
import type { BlockerCode } from '../domain/blocker.js';
import type { Role } from '../domain/roles.js';
import { BlockerCodeEnum, RoleEnum } from './enums.js';
import { MutationName } from './mutation-name.js';
import { NodeType } from './node.type.js';
import { DateTime } from './scalars.js';

/** The fields of every refusal by a rule. */
@InterfaceType('UserError', {
  description: 'Refusal of a command by a rule. Nothing was written.',
  resolveType: () => 'Blocker',
})
export abstract class UserErrorType {
  @Field(() => BlockerCodeEnum, { simple: true, description: 'Code of the rule, for clients to branch on.' })
  code!: BlockerCode;

  @Field(() => String, { simple: true, description: 'Message for people: the problem and how to resolve it.' })
  message!: string;

  @Field(() => [String], {
    simple: true,
    nullable: true,
    description: 'Path of the input field at fault. Null if no single field is.',
  })
  path?: string[] | null;

  @Field(() => DateTime, {
    simple: true,
    nullable: true,
    description:
      'When windows next allow the work, for WINDOW_CLOSED and for conflicts with a window, such as BLACKOUT. For ' +
      'work that is planned: from its planned start on, for as long as it lasts. Null for other rules, and if ' +
      'windows do not allow it within 90 days.',
  })
  opensAt?: string | null;
}

/** A broken rule, with everything a front end needs to show how to resolve it. */
@ObjectType('Blocker', {
  implements: UserErrorType,
  description: 'Rule that blocks a command, with the roles that can resolve it.',
  simpleResolvers: true,
})
export class BlockerType extends UserErrorType {
  @Field(() => NodeType, {
    nullable: true,
    description:
      'Object that blocks the command. Null if it is the object of the command, no longer exists or is not visible ' +
      'to you.',
  })
  subject!: NodeType | null;

  @Field(() => [NodeType], {
    description: 'Objects that connect the object of the command with the subject, nearest first.',
  })
  via!: NodeType[];

  @Field(() => [RoleEnum], { description: 'Roles that can resolve the problem.' })
  resolvableBy!: Role[];

  @Field(() => Boolean, { description: 'Whether a waiver can override the rule.' })
  waivable!: boolean;
}

/** A command that the state machine has in the present state of an object. */
@ObjectType('AvailableCommand', {
  description: 'Command that exists in the current state of an object, and whether you can issue it now.',
  simpleResolvers: true,
})
export class AvailableCommandType {
  @Field(() => MutationName, { description: 'The mutation that issues the command.' })
  command!: string;

  @Field(() => Boolean, { description: 'Whether you can issue the command now. False if any rule blocks it.' })
  allowed!: boolean;

  @Field(() => [BlockerType], { description: 'Every rule that blocks the command. Empty if it is allowed.' })
  blockers!: BlockerType[];
}
