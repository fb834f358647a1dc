import { Field, Int, ObjectType } from 'type-graphql';
import { connectionType } from '../connection.js';
import { enumFrom } from '../enums.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { RUN_STATES } from '../../domain/distribution/distribution-run.js';

export const DistributionRunStateEnum = enumFrom(
  'DistributionRunState',
  RUN_STATES,
  'State of one run of a deployment tool.',
  {
    INTENT: 'The order is stored; the tool has not confirmed it yet.',
    SUBMITTED: 'The tool has confirmed the order.',
    FINISHED: 'No further report is expected. Late reports are still recorded.',
    REFUSED: 'The tool refused the order, or the order did not reach it.',
    UNKNOWN: 'The order was sent, but it is unknown whether it runs. `distributionReconcile` resolves it.',
  },
);

/** A run in the API, and the row it is read as. The order and the handle stay on the server. */
@ObjectType('DistributionRun', {
  implements: NodeType,
  description:
    'Attempt of a distribution at its deployment tool. Its key is stored before the tool is called, so that no ' +
    'attempt starts twice.',
  simpleResolvers: true,
})
export class DistributionRunType extends NodeType {
  @Field(() => Int, { description: 'Number of the attempt, from 1.' })
  attempt!: number;

  @Field(() => String, { description: 'Key of the run at the tool.' })
  key!: string;

  @Field(() => String, {
    description: 'SHA-256 of the order. Two different orders never share a key.',
  })
  fingerprint!: string;

  @Field(() => Boolean, { description: 'Whether the attempt backs out an earlier one.' })
  backOut!: boolean;

  @Field(() => DistributionRunStateEnum, { description: 'State of the run.' })
  state!: (typeof RUN_STATES)[number];

  @Field(() => String, { nullable: true, description: 'Status of the run in the terms of the tool.' })
  nativeStatus!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Last message of the tool, or the error of the last call to it.',
  })
  message!: string | null;

  @Field(() => String, { nullable: true, description: 'Address of the run in the web interface of the tool.' })
  url!: string | null;

  @Field(() => Int, {
    description:
      'Number of times the order was sent. More than 1 only if the tool makes a repetition safe, or ' +
      'certainly did nothing before.',
  })
  submitCalls!: number;

  @Field(() => Int, { description: 'Number of consecutive failed calls to the tool.' })
  failures!: number;

  @Field(() => DateTime, { description: 'Time after which targets without a result become UNKNOWN or EXPIRED.' })
  deadline!: string;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Time at which a person or the deadline requested a stop. Null if none did.',
  })
  cancelRequestedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Time at which the tool confirmed the order.' })
  submittedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Time at which the run finished. Null until then.' })
  finishedAt!: string | null;

  @Field(() => DateTime, { description: 'Time at which the order was stored.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to the record.' })
  updatedAt!: string;

  distributionId!: string;
  deploymentToolId!: string;
}

export const DistributionRunConnection = connectionType('DistributionRun', () => DistributionRunType);
