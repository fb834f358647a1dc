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
  'What an import does when a row cannot be taken.',
  IMPORT_ERROR_POLICY_DESCRIPTIONS,
);
export const ImportStatusEnum = enumFrom(
  'ImportStatus',
  IMPORT_STATUSES,
  'What became of a row of an import.',
  IMPORT_STATUS_DESCRIPTIONS,
);
export const ImportFailureEnum = enumFrom(
  'ImportFailure',
  IMPORT_FAILURES,
  'Why a row of an import was not taken.',
  IMPORT_FAILURE_DESCRIPTIONS,
);

/** One row of an import. */
@InputType('ConfigurationItemImportRow', {
  description: 'A configuration item as another system knows it. What is absent stays as it is.',
})
export class ConfigurationItemImportRow implements ImportRow {
  @Field(() => ExternalRefInput, { description: 'Its name in the system it comes from.' })
  externalRef!: ExternalRefInput;
  @Field(() => String, { description: 'Name, 1 to 200 characters.' })
  name!: string;
  @Field(() => CiClassEnum, { description: 'What kind of thing it is. Cannot change once set.' })
  ciClass!: CiClass;
  @Field(() => String, { nullable: true, description: 'What it is and what it is for.' })
  description?: string | null;
  @Field(() => CriticalityEnum, {
    nullable: true,
    description: 'How much the business depends on it. Default for a new one: MEDIUM.',
  })
  criticality?: Criticality | null;
  @Field(() => LifecycleStateEnum, {
    nullable: true,
    description: 'Where the item is in its own life. Default for a new one: NOT_READY.',
  })
  lifecycleState?: LifecycleState | null;
  @Field(() => ID, { nullable: true, description: 'The team that owns it; null takes it away.' })
  ownerTeamId?: string | null;
  @Field(() => JSONObject, { nullable: true, description: 'Further attributes, by name. Replaces all of them.' })
  attributes?: Record<string, unknown> | null;
  @Field(() => JSONObject, {
    nullable: true,
    description: 'By name of a deployment tool instance: what that tool knows the item by. Replaces all of them.',
  })
  bindings?: Record<string, unknown> | null;
}

/** Input of `configurationItemsImport`. */
@InputType('ConfigurationItemsImportInput', {
  description: 'Configuration items of another system, to be registered or edited at once.',
})
export class ConfigurationItemsImportInput {
  @Field(() => [ConfigurationItemImportRow], {
    description: `At most ${MAX_IMPORT_ROWS} rows; the whole request must also fit the server's limit for bodies.`,
  })
  rows!: ConfigurationItemImportRow[];
  @Field(() => ImportErrorPolicyEnum, { description: 'What to do when a row cannot be taken.' })
  errorPolicy!: ImportErrorPolicy;
  @Field(() => String, {
    nullable: true,
    description:
      'Makes repeating the call safe: the same key with the same input gives the first result again. Kept at ' +
      'least 24 hours. A rejected import is not kept.',
  })
  idempotencyKey?: string | null;
}

/** What became of one row. */
@ObjectType('ConfigurationItemImportResult', {
  description: 'What became of one row of an import.',
  simpleResolvers: true,
})
export class ConfigurationItemImportResultType {
  @Field(() => Int, { description: 'Place of the row in the input, from 0.' })
  index!: number;
  @Field(() => ExternalRef, { description: 'The reference of the row.' })
  externalRef!: ExternalRef;
  @Field(() => ImportStatusEnum, { description: 'What became of it.' })
  status!: ImportStatus;
  @Field(() => ImportFailureEnum, { nullable: true, description: 'Why it was not taken; null unless it failed.' })
  code!: ImportFailure | null;
  @Field(() => String, { nullable: true, description: 'The same in a sentence for people.' })
  message!: string | null;
  @Field(() => String, { nullable: true, description: 'The field of the row that is at fault, if one is.' })
  field!: string | null;

  ciId!: string | null;
}

/** Answer of `configurationItemsImport`. */
@ObjectType('ConfigurationItemsImportPayload', {
  description: 'What `configurationItemsImport` answers.',
  simpleResolvers: true,
})
export class ConfigurationItemsImportPayload {
  @Field(() => [ConfigurationItemImportResultType], { description: 'One result per row, in the order of the rows.' })
  results!: readonly ConfigurationItemImportResultType[];
  @Field(() => Int, { description: 'How many items were registered.' })
  created!: number;
  @Field(() => Int, { description: 'How many items were edited.' })
  updated!: number;
  @Field(() => Int, { description: 'How many rows differed in nothing.' })
  unchanged!: number;
  @Field(() => Int, {
    description:
      'How many rows could not be taken. With REJECT_EVERYTHING anything but 0 means that nothing was written.',
  })
  failed!: number;
  @Field(() => [UserErrorType], { description: 'Always empty: what is wrong with a row is in its result.' })
  userErrors!: UserErrorType[];
  @Field(() => Boolean, {
    description: 'True when this is the stored result of an earlier call with the same idempotency key.',
  })
  replayed!: boolean;
  @Field(() => QueryType, { description: 'The query root, to fetch whatever else the import affected.' })
  query!: object;
}
