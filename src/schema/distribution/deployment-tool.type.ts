import { Field, Int, ObjectType } from 'type-graphql';
import {
  DEPLOYMENT_TOOL_STATE_DESCRIPTIONS,
  DEPLOYMENT_TOOL_STATES,
  type DeploymentToolState,
} from '../../domain/distribution/deployment-tool.machine.js';
import {
  DISTRIBUTION_OPERATION_DESCRIPTIONS,
  DISTRIBUTION_OPERATIONS,
  type DistributionOperation,
} from '../../domain/distribution/distribution.state.js';
import { enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { flag, listType, oneOf, text } from '../list.js';

export const DeploymentToolStateEnum = enumFrom(
  'DeploymentToolState',
  DEPLOYMENT_TOOL_STATES,
  'State of a deployment tool.',
  DEPLOYMENT_TOOL_STATE_DESCRIPTIONS,
);

export const DistributionOperationEnum = enumFrom(
  'DistributionOperation',
  DISTRIBUTION_OPERATIONS,
  'Operation of a distribution on its targets.',
  DISTRIBUTION_OPERATION_DESCRIPTIONS,
);

export const SubmitGuaranteeEnum = enumFrom(
  'SubmitGuarantee',
  ['IDEMPOTENT', 'FINDABLE', 'AT_MOST_ONCE'],
  'Guarantee of a tool about orders that are sent twice.',
  {
    IDEMPOTENT: 'The same key starts at most one run, however often it is sent.',
    FINDABLE: 'The tool reports reliably whether a run with a key exists, so no order is sent twice.',
    AT_MOST_ONCE:
      'No guarantee beyond a single call: after an unclear response, a person must find out whether the run ' +
      'started.',
  },
);

export const ObserveModeEnum = enumFrom(
  'ObserveMode',
  ['POLL', 'CALLBACK', 'REPORTED'],
  'Way in which the server learns about the progress of a run.',
  {
    POLL: 'The server polls the tool.',
    CALLBACK: 'The tool calls the server, which then polls it immediately.',
    REPORTED: 'People report each target with `targetExecutionReport`.',
  },
);

export const CancelGuaranteeEnum = enumFrom(
  'CancelGuarantee',
  ['CONFIRMED', 'BEST_EFFORT', 'NONE'],
  'Guarantee of a tool about stopping a run.',
  {
    CONFIRMED: 'Work on a target that is reported as cancelled has stopped.',
    BEST_EFFORT: 'No further target starts; work in progress can continue.',
    NONE: 'The tool cannot stop a run.',
  },
);

/** The capabilities of a tool, derived from those of its adapter. */
@ObjectType('DeploymentToolCapabilities', {
  description:
    'Capabilities of a deployment tool. Commands that it does not support are refused with ADAPTER_UNSUPPORTED.',
  simpleResolvers: true,
})
export class DeploymentToolCapabilitiesType {
  @Field(() => SubmitGuaranteeEnum, { description: 'Guarantee about orders that are sent twice.' })
  submit!: keyof typeof SubmitGuaranteeEnum;

  @Field(() => [ObserveModeEnum], { description: 'Way in which the server learns about the progress of a run.' })
  observe!: (keyof typeof ObserveModeEnum)[];

  @Field(() => CancelGuaranteeEnum, { description: 'Guarantee about stopping a run.' })
  cancel!: keyof typeof CancelGuaranteeEnum;

  @Field(() => Boolean, { description: 'Whether a run can be paused and resumed.' })
  pause!: boolean;

  @Field(() => [DistributionOperationEnum], { description: 'Operations that the tool supports on targets.' })
  operations!: DistributionOperation[];

  @Field(() => Boolean, {
    description: 'Whether the tool compares the digest of the delivered media with the ordered one.',
  })
  verifiesDigest!: boolean;

  @Field(() => Int, {
    nullable: true,
    description: 'Maximum number of targets in one distribution. Null for no limit.',
  })
  maxTargets!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Maximum number of simultaneous runs; further runs wait. Null for no limit.',
  })
  maxConcurrentRuns!: number | null;
}

/** A deployment tool in the API, and the row it is read as. */
@ObjectType('DeploymentTool', {
  implements: NodeType,
  description:
    'Configured instance of a deployment tool for distributions. Its configuration and secrets stay on the server.',
  simpleResolvers: true,
})
export class DeploymentToolType extends NodeType {
  @Field(() => String, {
    description: 'Name of the instance. Bindings of configuration items and media use it as key.',
  })
  name!: string;

  @Field(() => String, { description: 'Id of the adapter that drives the tool, e.g. `exec`.' })
  adapterId!: string;

  @Field(() => String, { description: 'Human-readable kind of tool.' })
  title!: string;

  @Field(() => DeploymentToolStateEnum, { description: 'State of the tool at the last probe.' })
  state!: DeploymentToolState;

  @Field(() => String, {
    nullable: true,
    description: 'Details of the last probe, e.g. the cause of a failure.',
  })
  detail!: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Maximum number of targets that the tool works on at a time, over all distributions. Null for no limit.',
  })
  maxTargetsAtOnce!: number | null;

  @Field(() => String, { nullable: true, description: 'Version that the tool reports.' })
  toolVersion!: string | null;

  @Field(() => DeploymentToolCapabilitiesType, {
    nullable: true,
    description: 'Capabilities of the tool. Null until it is first connected.',
  })
  capabilities!: DeploymentToolCapabilitiesType | null;

  @Field(() => Boolean, {
    description: "Whether the operator's tools file has the tool now. A removed tool is kept for the history.",
  })
  configured!: boolean;

  @Field(() => DateTime, { nullable: true, description: 'Time of the last probe. Null before the first probe.' })
  probedAt!: string | null;

  @Field(() => Int, { description: 'Increases with every change of the record, including probes.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which the record was created.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to the record.' })
  updatedAt!: string;
}

export const DeploymentToolStateFilter = enumFilter('DeploymentToolState', DeploymentToolStateEnum);

/** Lists of deployment tools, with their filters and sort fields. */
export const deploymentToolList = listType('DeploymentTool', () => DeploymentToolType, {
  of: 'deployment tools',
  filter: {
    name: text('Name of the tool.'),
    adapterId: text('Id of the adapter, e.g. `exec`.'),
    state: oneOf(DeploymentToolStateFilter, 'State of the tool.'),
    configured: flag('Whether the tools file has the tool now.'),
  },
  order: { NAME: text('Name of the tool.') },
  descriptions: { filter: 'Filter for deployment tools. Every given condition must hold.' },
});
