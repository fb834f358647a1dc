import { Field, Int, ObjectType } from 'type-graphql';
import {
  CONFIGURATION_AUDIT_STATE_DESCRIPTIONS,
  CONFIGURATION_AUDIT_STATES,
  type ConfigurationAuditState,
} from '../../domain/cmdb/audit.machine.js';
import { enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { id, listType, oneOf, text } from '../list.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';

export const ConfigurationAuditStateEnum = enumFrom(
  'ConfigurationAuditState',
  CONFIGURATION_AUDIT_STATES,
  'State of a configuration audit.',
  CONFIGURATION_AUDIT_STATE_DESCRIPTIONS,
);
/** A configuration audit in the API, and the row it is read as. */
@ObjectType('ConfigurationAudit', {
  implements: NodeType,
  description:
    'Comparison of the record of configuration items with an approved baseline, with what sources observe, with the ' +
    'library and with the changes. It runs beside all other work, some hundreds of items at a time.',
  simpleResolvers: true,
})
export class ConfigurationAuditType extends NodeType {
  @Field(() => String, { description: 'Human-readable number, e.g. AUD-7.' })
  number!: string;

  @Field(() => String, { description: 'Name of the audit.' })
  name!: string;

  @Field(() => Boolean, { description: 'Whether it looks at everything that its items depend on.' })
  withDependencies!: boolean;

  @Field(() => Boolean, { description: 'Whether an item that no source has observed is a finding.' })
  expectsObservations!: boolean;

  @Field(() => DateTime, { description: 'Moment of the record that is audited: the start of the audit.' })
  asOf!: string;

  @Field(() => ConfigurationAuditStateEnum, { description: 'State of the audit.' })
  state!: ConfigurationAuditState;

  @Field(() => Int, { nullable: true, description: 'Number of items to look at. Null until they are known.' })
  total!: number | null;

  @Field(() => Int, { description: 'Number of items that were looked at.' })
  done!: number;

  @Field(() => Int, { description: 'Number of findings so far.' })
  findings!: number;

  @Field(() => DateTime, { nullable: true, description: 'Time at which it ended. Null while it runs.' })
  endedAt!: string | null;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which it was started.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to the record.' })
  updatedAt!: string;

  ciId!: string | null;
  baselineId!: string | null;
  startedById!: string;
}

export const ConfigurationAuditStateFilter = enumFilter('ConfigurationAuditState', ConfigurationAuditStateEnum);

/** Lists of configuration audits, with their filters and sort fields. */
export const configurationAuditList = listType('ConfigurationAudit', () => ConfigurationAuditType, {
  of: 'configuration audits',
  filter: {
    number: text('Number of the audit, e.g. AUD-7.'),
    name: text('Name of the audit.'),
    state: oneOf(ConfigurationAuditStateFilter, 'State of the audit.'),
    ci: id('ConfigurationItem', 'Item that is audited with what it depends on.'),
    baseline: id('Baseline', 'Baseline that the record is compared with.'),
  },
});
