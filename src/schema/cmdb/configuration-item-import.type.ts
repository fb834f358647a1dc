import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import {
  IMPORT_ERROR_POLICIES,
  IMPORT_ERROR_POLICY_DESCRIPTIONS,
  IMPORT_FAILURE_DESCRIPTIONS,
  IMPORT_FAILURES,
  IMPORT_STATUS_DESCRIPTIONS,
  IMPORT_STATUSES,
  MAX_IMPORT_ROWS,
  type ImportErrorPolicy,
  type ImportFailure,
  type ImportRow,
  type ImportStatus,
} from '../../domain/cmdb/configuration-item-import.js';
import type { CiClass, Criticality, LifecycleState } from '../../domain/cmdb/configuration-item.machine.js';
import { CiClassEnum, CriticalityEnum, enumFrom, LifecycleStateEnum } from '../enums.js';
import { ExternalRef, ExternalRefInput } from '../external-ref.type.js';
import { QueryType } from '../query.type.js';
import { JSONObject } from '../scalars.js';
import { UserErrorType } from '../user-error.type.js';

export const ImportErrorPolicyEnum = enumFrom(
  'ImportErrorPolicy',
  IMPORT_ERROR_POLICIES,
  'Behaviour of an import if a row is invalid.',
  IMPORT_ERROR_POLICY_DESCRIPTIONS,
);
export const ImportStatusEnum = enumFrom(
  'ImportStatus',
  IMPORT_STATUSES,
  'Outcome of a row of an import.',
  IMPORT_STATUS_DESCRIPTIONS,
);
export const ImportFailureEnum = enumFrom(
  'ImportFailure',
  IMPORT_FAILURES,
  'Reason for which a row of an import failed.',
  IMPORT_FAILURE_DESCRIPTIONS,
);

/** One row of an import. */
@InputType('ConfigurationItemImportRow', {
  description:
    'Configuration item as recorded in another system. Absent fields keep their values. Null is refused, except in a ' +
    'field that says what null does.',
})
export class ConfigurationItemImportRow implements ImportRow {
  @Field(() => ExternalRefInput, { description: 'Reference in the system that the item comes from.' })
  externalRef!: ExternalRefInput;
  @Field(() => String, { description: 'Name of the item, 1 to 200 characters.' })
  name!: string;
  @Field(() => CiClassEnum, { description: 'Class of the item, e.g. SERVER. Cannot change once set.' })
  ciClass!: CiClass;
  @Field(() => String, { nullable: true, description: 'Description and purpose of the item.' })
  description?: string | null;
  @Field(() => CriticalityEnum, {
    nullable: true,
    description: 'Degree to which the business depends on the item. Default for a new item: MEDIUM.',
  })
  criticality?: Criticality | null;
  @Field(() => LifecycleStateEnum, {
    nullable: true,
    description: 'Stage of the item in its lifecycle. Default for a new item: NOT_READY.',
  })
  lifecycleState?: LifecycleState | null;
  @Field(() => ID, { nullable: true, description: 'Id of the team that owns the item. Null removes the owner.' })
  ownerTeamId?: string | null;
  @Field(() => ID, { nullable: true, description: 'Id of the person who answers for the item. Null removes it.' })
  ownerId?: string | null;
  @Field(() => ID, { nullable: true, description: 'Id of the team that supports the item. Null removes it.' })
  supportTeamId?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'Environment that the item belongs to, in your own words. Stored in lower case. Null removes it.',
  })
  environment?: string | null;
  @Field(() => String, { nullable: true, description: 'Place where the item is. Null removes it.' })
  location?: string | null;
  @Field(() => String, { nullable: true, description: 'Serial number of the item. Null removes it.' })
  serialNumber?: string | null;
  @Field(() => String, { nullable: true, description: 'Manufacturer of the item. Null removes it.' })
  manufacturer?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'Key of a class of your own that the item is of. Null removes it.',
  })
  customClass?: string | null;
  @Field(() => JSONObject, { nullable: true, description: 'Further attributes by name. Replaces all of them.' })
  attributes?: Record<string, unknown> | null;
  @Field(() => JSONObject, {
    nullable: true,
    description: 'Identification of the item in deployment tools, by tool name. Replaces all of them.',
  })
  bindings?: Record<string, unknown> | null;
}

/** Input of `configurationItemsImport`. */
@InputType('ConfigurationItemsImportInput', {
  description: 'Configuration items of another system to register or update in one call.',
})
export class ConfigurationItemsImportInput {
  @Field(() => [ConfigurationItemImportRow], {
    description: `Rows to import, ${MAX_IMPORT_ROWS} at most. The request must fit the server's body limit.`,
  })
  rows!: ConfigurationItemImportRow[];
  @Field(() => ImportErrorPolicyEnum, { description: 'Behaviour of the import if a row is invalid.' })
  errorPolicy!: ImportErrorPolicy;
  @Field(() => String, {
    nullable: true,
    description: 'Makes retries safe. The first result is kept for at least 24 hours, unless the import was rejected.',
  })
  idempotencyKey?: string | null;
}

/** The outcome of one row. */
@ObjectType('ConfigurationItemImportResult', {
  description: 'Outcome of one row of an import.',
  simpleResolvers: true,
})
export class ConfigurationItemImportResultType {
  @Field(() => Int, { description: 'Position of the row in the input, from 0.' })
  index!: number;
  @Field(() => ExternalRef, { description: 'Reference given in the row.' })
  externalRef!: ExternalRef;
  @Field(() => ImportStatusEnum, { description: 'Outcome of the row, e.g. CREATED or FAILED.' })
  status!: ImportStatus;
  @Field(() => ImportFailureEnum, {
    nullable: true,
    description: 'Reason for the failure. Null unless the row failed.',
  })
  code!: ImportFailure | null;
  @Field(() => String, { nullable: true, description: 'Reason for the failure as a message for people.' })
  message!: string | null;
  @Field(() => String, { nullable: true, description: 'Field of the row at fault. Null if no single field is.' })
  field!: string | null;

  ciId!: string | null;
}

/** Payload of `configurationItemsImport`. */
@ObjectType('ConfigurationItemsImportPayload', {
  description: 'Result of `configurationItemsImport`.',
  simpleResolvers: true,
})
export class ConfigurationItemsImportPayload {
  @Field(() => [ConfigurationItemImportResultType], { description: 'Results, one per row, in the order of the rows.' })
  results!: readonly ConfigurationItemImportResultType[];
  @Field(() => Int, { description: 'Number of items that were registered.' })
  created!: number;
  @Field(() => Int, { description: 'Number of items that were updated.' })
  updated!: number;
  @Field(() => Int, { description: 'Number of rows that changed nothing.' })
  unchanged!: number;
  @Field(() => Int, {
    description: 'Number of rows that failed. With REJECT_EVERYTHING, nothing is written if any row fails.',
  })
  failed!: number;
  @Field(() => [UserErrorType], { description: 'Always empty. The result of each row says what is wrong with it.' })
  userErrors!: UserErrorType[];
  @Field(() => Boolean, {
    description: 'Whether this is the stored result of an earlier call with this key.',
  })
  replayed!: boolean;
  @Field(() => QueryType, { description: 'Query root, to fetch other objects that the command affected.' })
  query!: object;
}
