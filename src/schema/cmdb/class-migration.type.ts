import { Field, Int, ObjectType } from 'type-graphql';
import {
  CLASS_MIGRATION_STATE_DESCRIPTIONS,
  CLASS_MIGRATION_STATES,
  type ClassMigrationState,
} from '../../domain/cmdb/class-migration.machine.js';
import { enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { flag, id, listType, oneOf } from '../list.js';
import { NodeType } from '../node.type.js';
import { DateTime, JSONObject } from '../scalars.js';

export const ClassMigrationStateEnum = enumFrom(
  'ClassMigrationState',
  CLASS_MIGRATION_STATES,
  'State of the migration of a class.',
  CLASS_MIGRATION_STATE_DESCRIPTIONS,
);

/** The migration of a class in the API, and the row it is read as. */
@ObjectType('ClassMigration', {
  implements: NodeType,
  description:
    'Change of the schema of a class of your own: what becomes of its items, and which ones do not fit. It also ' +
    'concerns the classes below, which inherit the schema.',
  simpleResolvers: true,
})
export class ClassMigrationType extends NodeType {
  @Field(() => ClassMigrationStateEnum, { description: 'State of the migration, e.g. MIGRATING.' })
  state!: ClassMigrationState;

  @Field(() => JSONObject, { description: 'JSON Schema that the class itself is to have.' })
  schema!: object;

  @Field(() => JSONObject, { description: 'New names of attributes by the old ones.' })
  renames!: object;

  @Field(() => JSONObject, { description: 'Values of attributes for items that have none, by name.' })
  defaults!: object;

  @Field(() => Boolean, { description: 'Whether it only reports, and changes nothing.' })
  dryRun!: boolean;

  @Field(() => Boolean, { description: 'Whether the schema changes although items do not fit it.' })
  acceptsMisfits!: boolean;

  @Field(() => Int, { description: 'Number of items that were looked at since it entered its state.' })
  items!: number;

  @Field(() => Int, { description: 'Number of items whose attributes were changed.' })
  migrated!: number;

  @Field(() => Int, { description: 'Number of items that do not fit, or were not migrated; see `misfitItems`.' })
  misfits!: number;

  @Field(() => DateTime, { nullable: true, description: 'Time at which it ended. Null while it runs.' })
  endedAt!: string | null;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which it was started.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to the record.' })
  updatedAt!: string;

  customClassId!: string;
  startedById!: string;
}

export const ClassMigrationStateFilter = enumFilter('ClassMigrationState', ClassMigrationStateEnum);

/** Lists of migrations of classes, with their filters and sort fields. */
export const classMigrationList = listType('ClassMigration', () => ClassMigrationType, {
  of: 'migrations of classes',
  filter: {
    customClass: id('CustomClass', 'Class whose schema it changes.'),
    state: oneOf(ClassMigrationStateFilter, 'State of the migration.'),
    dryRun: flag('Whether it only reports.'),
  },
});
