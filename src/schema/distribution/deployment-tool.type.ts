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
  'How a deployment tool stands.',
  DEPLOYMENT_TOOL_STATE_DESCRIPTIONS,
);

export const DistributionOperationEnum = enumFrom(
  'DistributionOperation',
  DISTRIBUTION_OPERATIONS,
  'What a distribution does on its targets.',
  DISTRIBUTION_OPERATION_DESCRIPTIONS,
);

export const SubmitGuaranteeEnum = enumFrom(
  'SubmitGuarantee',
  ['IDEMPOTENT', 'FINDABLE', 'AT_MOST_ONCE'],
  'What a tool promises about orders that are sent twice.',
  {
    IDEMPOTENT: 'The same key starts one run, however often it is sent.',
    FINDABLE: 'The tool says reliably whether a run with a key exists, so nothing is sent twice.',
    AT_MOST_ONCE: 'Neither: after an unclear answer a person has to find out whether it runs.',
  },
);

export const ObserveModeEnum = enumFrom(
  'ObserveMode',
  ['POLL', 'CALLBACK', 'REPORTED'],
  'Where news of a run comes from.',
  {
    POLL: 'The server asks the tool.',
    CALLBACK: 'The tool calls the server, which then asks at once.',
    REPORTED: 'People report each target with `targetExecutionReport`.',
  },
);

export const CancelGuaranteeEnum = enumFrom(
  'CancelGuarantee',
  ['CONFIRMED', 'BEST_EFFORT', 'NONE'],
  'What a tool promises about a stop.',
  {
    CONFIRMED: 'A target reported as cancelled has provably stopped.',
    BEST_EFFORT: 'Nothing new is begun; what is under way may go on.',
    NONE: 'The tool cannot stop a run.',
  },
);

/** What a tool can do, typed; made from the adapter's capabilities. */
@ObjectType('DeploymentToolCapabilities', {
  description:
    'What a deployment tool promises about itself. Commands it cannot carry out are refused with ADAPTER_UNSUPPORTED.',
  simpleResolvers: true,
})
export class DeploymentToolCapabilitiesType {
  @Field(() => SubmitGuaranteeEnum, { description: 'What happens when an order is sent twice.' })
  submit!: keyof typeof SubmitGuaranteeEnum;

  @Field(() => [ObserveModeEnum], { description: 'Where news of a run comes from.' })
  observe!: (keyof typeof ObserveModeEnum)[];

  @Field(() => CancelGuaranteeEnum, { description: 'Whether and how surely a run can be stopped.' })
  cancel!: keyof typeof CancelGuaranteeEnum;

  @Field(() => Boolean, { description: 'Whether a run can be paused and resumed.' })
  pause!: boolean;

  @Field(() => [DistributionOperationEnum], { description: 'What it can do on targets.' })
  operations!: DistributionOperation[];

  @Field(() => Boolean, { description: 'Whether it compares the digest of what arrived with the one asked for.' })
  verifiesDigest!: boolean;

  @Field(() => Int, { nullable: true, description: 'Most targets in one distribution; null for no limit.' })
  maxTargets!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Most runs it works on at a time; null for no limit. Further ones wait.',
  })
  maxConcurrentRuns!: number | null;
}

/** A deployment tool as the API shows it, and the row it is read as. */
@ObjectType('DeploymentTool', {
  implements: NodeType,
  description:
    'One configured instance of a deployment tool that distributions can use. Its configuration and secrets stay ' +
    'on the server.',
  simpleResolvers: true,
})
export class DeploymentToolType extends NodeType {
  @Field(() => String, {
    description: 'Name of the instance. Bindings of configuration items and media are kept under it.',
  })
  name!: string;

  @Field(() => String, { description: 'Which adapter drives it, e.g. `exec`.' })
  adapterId!: string;

  @Field(() => String, { description: 'What kind of tool it is, for people.' })
  title!: string;

  @Field(() => DeploymentToolStateEnum, { description: 'How it stood at the last probe.' })
  state!: DeploymentToolState;

  @Field(() => String, {
    nullable: true,
    description: 'What the last probe said beyond the state, e.g. why it is broken.',
  })
  detail!: string | null;

  @Field(() => String, { nullable: true, description: 'Version of the tool, as it says.' })
  toolVersion!: string | null;

  @Field(() => DeploymentToolCapabilitiesType, {
    nullable: true,
    description: 'What it can do; null while it has never been connected.',
  })
  capabilities!: DeploymentToolCapabilitiesType | null;

  @Field(() => Boolean, {
    description: "Whether it is in the operator's tools file now. One that is not stays for the history.",
  })
  configured!: boolean;

  @Field(() => DateTime, { nullable: true, description: 'When it was last probed.' })
  probedAt!: string | null;

  @Field(() => Int, { description: 'Grows with every change of the record, probes included.' })
  version!: number;

  @Field(() => DateTime, { description: 'When the record was made.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When the record last changed.' })
  updatedAt!: string;
}

export const DeploymentToolStateFilter = enumFilter('DeploymentToolState', DeploymentToolStateEnum);

/** Lists of deployment tools: what they can be filtered and ordered by. */
export const deploymentToolList = listType('DeploymentTool', () => DeploymentToolType, {
  of: 'deployment tools',
  filter: {
    name: text('By name.'),
    adapterId: text('By adapter.'),
    state: oneOf(DeploymentToolStateFilter, 'By state.'),
    configured: flag('By whether it is configured now.'),
  },
  order: { NAME: text('Name.') },
  descriptions: { filter: 'Narrows the list of deployment tools. All that is given must hold.' },
});
