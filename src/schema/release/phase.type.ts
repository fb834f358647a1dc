import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { ReleaseState } from '../../domain/release/release.state.js';
import { connectionType } from '../connection.js';
import { NodeType } from '../node.type.js';
import { payloadType } from '../payload.js';
import { ReleaseStateEnum } from './release.type.js';
import { DateTime } from '../scalars.js';

/** A phase as the API shows it, and the row it is read as. */
@ObjectType('Phase', {
  implements: NodeType,
  description:
    'A group of tasks of a release plan. Its tasks begin when the release reaches the state it belongs to, and must be done before the release leaves it.',
  simpleResolvers: true,
})
export class PhaseType extends NodeType {
  @Field(() => String, { description: 'Name.' })
  name!: string;

  @Field(() => ReleaseStateEnum, { description: 'The state of the release that it belongs to.' })
  releaseState!: ReleaseState;

  @Field(() => Int, { description: 'Its place among the phases of the release, from 0.' })
  position!: number;

  @Field(() => String, {
    nullable: true,
    description: 'Its key in the template; null when somebody added it to this release.',
  })
  templateKey!: string | null;

  @Field(() => Int, { description: 'Grows with every change; give it back as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When it was added to the plan.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When it last changed.' })
  updatedAt!: string;

  releaseId!: string;
}

export const PhaseConnection = connectionType('Phase', () => PhaseType);

/** Input of `phaseAdd`. */
@InputType('PhaseAddInput', { description: 'A phase to be added to a release plan.' })
export class PhaseAddInput {
  @Field(() => ID, { description: 'The release.' })
  releaseId!: string;
  @Field(() => String, { description: 'Name, 1 to 200 characters.' })
  name!: string;
  @Field(() => ReleaseStateEnum, {
    description:
      'The state of the release that it belongs to. When the template leaves that state out and the release has not come as far, the state is no longer left out.',
  })
  releaseState!: ReleaseState;
  @Field(() => Int, {
    nullable: true,
    description:
      'Its place among the phases, from 0; phases stay in the order of their states. Default: last of its state.',
  })
  position?: number | null;
  @Field(() => String, {
    nullable: true,
    description:
      'Makes repeating the call safe: the same key with the same input gives the first result again. Kept at least 24 hours.',
  })
  idempotencyKey?: string | null;
}

/** Input of `phaseUpdate`. */
@InputType('PhaseUpdateInput', { description: 'Changes to a phase. What is absent stays as it is.' })
export class PhaseUpdateInput {
  @Field(() => ID, { description: 'The phase.' })
  id!: string;
  @Field(() => Int, { description: 'The version that was read; another one is refused with CONFLICT.' })
  expectedVersion!: number;
  @Field(() => String, { nullable: true, description: 'Name, 1 to 200 characters.' })
  name?: string | null;
  @Field(() => Int, {
    nullable: true,
    description: 'Its place among the phases, from 0; phases stay in the order of their states.',
  })
  position?: number | null;
  @Field(() => String, {
    nullable: true,
    description:
      'Makes repeating the call safe: the same key with the same input gives the first result again. Kept at least 24 hours.',
  })
  idempotencyKey?: string | null;
}

/** Input of `phaseRemove`. */
@InputType('PhaseRemoveInput', {
  description: 'A phase to be taken out of a plan together with its tasks, none of which may have been started.',
})
export class PhaseRemoveInput {
  @Field(() => ID, { description: 'The phase.' })
  id!: string;
  @Field(() => Int, {
    nullable: true,
    description: 'The version that was read; when given, another one is refused with CONFLICT.',
  })
  expectedVersion?: number | null;
  @Field(() => String, {
    nullable: true,
    description: 'Needed when one of its tasks is mandatory: why that is waived. Kept as a waiver.',
  })
  waiverReason?: string | null;
  @Field(() => String, { nullable: true, description: 'Why; kept in the event.' })
  reason?: string | null;
  @Field(() => String, {
    nullable: true,
    description:
      'Makes repeating the call safe: the same key with the same input gives the first result again. Kept at least 24 hours.',
  })
  idempotencyKey?: string | null;
}

export const PhaseAddPayload = payloadType('phaseAdd', 'phase', () => PhaseType);
export const PhaseUpdatePayload = payloadType('phaseUpdate', 'phase', () => PhaseType);
