import { Field, InterfaceType, ObjectType } from 'type-graphql';
import type { BlockerCode } from '../domain/blocker.js';
import type { Role } from '../domain/roles.js';
import { BlockerCodeEnum, RoleEnum } from './enums.js';
import { MutationName } from './mutation-name.js';
import { NodeType } from './node.type.js';

/** What every refusal by a rule of the domain has. */
@InterfaceType('UserError', {
  description: 'A rule of the domain refused the command. Nothing was written.',
  resolveType: () => 'Blocker',
})
export abstract class UserErrorType {
  @Field(() => BlockerCodeEnum, { simple: true, description: 'Which rule. Clients branch on this.' })
  code!: BlockerCode;

  @Field(() => String, { simple: true, description: 'A sentence for people: what is wrong and what would help.' })
  message!: string;

  @Field(() => [String], {
    simple: true,
    nullable: true,
    description: 'The input field it is about, if it is about one.',
  })
  path?: string[] | null;
}

/** A broken rule, with all a front end needs to show the way out. */
@ObjectType('Blocker', {
  implements: UserErrorType,
  description: 'What stands in the way of a command, and who can remove it.',
  simpleResolvers: true,
})
export class BlockerType extends UserErrorType {
  @Field(() => NodeType, {
    nullable: true,
    description:
      'The object that stands in the way; null when it is the object of the command itself, or gone, or not for your eyes.',
  })
  subject!: NodeType | null;

  @Field(() => [NodeType], { description: 'How the subject is connected to the object of the command, nearest first.' })
  via!: NodeType[];

  @Field(() => [RoleEnum], { description: 'Roles that can remove the obstacle.' })
  resolvableBy!: Role[];

  @Field(() => Boolean, { description: 'Whether a recorded waiver can set the rule aside.' })
  waivable!: boolean;
}

/** A command that exists in the present state of an object. */
@ObjectType('AvailableCommand', {
  description: 'A command that exists in the present state of an object, and whether it would be carried out now.',
  simpleResolvers: true,
})
export class AvailableCommandType {
  @Field(() => MutationName, { description: 'The mutation that issues the command.' })
  command!: string;

  @Field(() => Boolean, { description: 'Whether no rule stands in its way for you at this moment.' })
  allowed!: boolean;

  @Field(() => [BlockerType], { description: 'Every rule that stands in its way. Empty when allowed.' })
  blockers!: BlockerType[];
}
