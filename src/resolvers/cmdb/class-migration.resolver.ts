import { Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { classMigrationMachine } from '../../domain/cmdb/class-migration.machine.js';
import type { ListInput } from '../../domain/list.js';
import { classMigrationFacts } from '../../facts/cmdb/class-migration.facts.js';
import { classMigrationRead, migrationsOfClass } from '../../reads/cmdb/class-migration.reads.js';
import { misfitsOfMigration } from '../../reads/cmdb/class-misfit.reads.js';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { customClassRead } from '../../reads/cmdb/custom-class.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { classMigrationList, ClassMigrationType } from '../../schema/cmdb/class-migration.type.js';
import { classMisfitList, ClassMisfitType } from '../../schema/cmdb/class-misfit.type.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { CustomClassType } from '../../schema/cmdb/custom-class.type.js';
import { PageArgs } from '../../schema/connection.js';
import { ListArgs } from '../../schema/list.js';
import { PersonType } from '../../schema/people/person.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { presentCommands } from '../available-commands.js';
import type { Context } from '../context.js';
import { WORK } from '../work.js';

/** The list of migrations, and what they refer to. */
@Resolver(() => ClassMigrationType)
export class ClassMigrationResolver {
  @Authorized()
  @Query(() => classMigrationList.Connection, { description: 'Lists migrations of classes of your own.' })
  classMigrations(@ListArgs(classMigrationList) list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(classMigrationRead, list);
  }

  @FieldResolver(() => CustomClassType, { description: 'Class whose schema it changes.' })
  customClass(@Root() migration: ClassMigrationType, @Ctx() { reads }: Context) {
    return reads.byId(customClassRead, migration.customClassId);
  }

  @FieldResolver(() => PersonType, { description: 'Person who started it.' })
  startedBy(@Root() migration: ClassMigrationType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, migration.startedById);
  }

  @FieldResolver(() => classMisfitList.Connection, {
    description: 'Items that do not fit, or were not migrated, in the order in which they were found.',
  })
  misfitItems(
    @Root() migration: ClassMigrationType,
    @ListArgs(classMisfitList) list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(misfitsOfMigration, migration.id, list);
  }

  @FieldResolver(() => [AvailableCommandType], {
    complexity: WORK.facts,
    description: 'Commands in the current state, with the blockers that apply to you.',
  })
  async availableCommands(@Root() migration: ClassMigrationType, @Ctx() { reads }: Context) {
    const facts = await reads.batch(
      'classMigration.facts',
      async (ids, db, actor) => await classMigrationFacts(db, actor, ids),
      migration.id,
    );
    return await presentCommands(reads, classMigrationMachine, migration.state, facts);
  }
}

/** Migrations of a class. */
@Resolver(() => CustomClassType)
export class CustomClassMigrationsResolver {
  @FieldResolver(() => classMigrationList.Connection, { description: 'Migrations of the class, newest first.' })
  migrations(@Root() customClass: CustomClassType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(migrationsOfClass, customClass.id, page);
  }
}

/** What an item that does not fit refers to. */
@Resolver(() => ClassMisfitType)
export class ClassMisfitResolver {
  @FieldResolver(() => ConfigurationItemType, { description: 'Item that does not fit, or was not migrated.' })
  ci(@Root() misfit: ClassMisfitType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, misfit.ciId);
  }

  @FieldResolver(() => ClassMigrationType, { description: 'Migration that found it.' })
  migration(@Root() misfit: ClassMisfitType, @Ctx() { reads }: Context) {
    return reads.byId(classMigrationRead, misfit.migrationId);
  }
}
