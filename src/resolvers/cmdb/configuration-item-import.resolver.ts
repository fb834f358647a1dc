import { Arg, Authorized, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import type { ImportRowResult, ImportStatus } from '../../domain/cmdb/configuration-item-import.js';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import {
  ConfigurationItemImportResultType,
  ConfigurationItemsImportInput,
  ConfigurationItemsImportPayload,
} from '../../schema/cmdb/configuration-item-import.type.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { onceFor } from '../../services/command.js';
import { configurationItemsImport, ImportRejected } from '../../services/cmdb/configuration-item-import.service.js';
import { transact } from '../../services/unit-of-work.js';
import { signedIn } from '../authorise.js';
import type { Context } from '../context.js';

function present(
  results: readonly ImportRowResult[],
  replayed: boolean,
): Omit<ConfigurationItemsImportPayload, 'userErrors'> & { userErrors: never[] } {
  const count = (status: ImportStatus) => results.filter((result) => result.status === status).length;
  return {
    results,
    created: count('CREATED'),
    updated: count('UPDATED'),
    unchanged: count('UNCHANGED'),
    failed: count('FAILED'),
    userErrors: [],
    replayed,
    query: {},
  };
}

/** Import of configuration items. */
@Resolver(() => ConfigurationItemImportResultType)
export class ConfigurationItemImportResolver {
  @FieldResolver(() => ConfigurationItemType, {
    nullable: true,
    description: 'Configuration item as it is now. Null if the row was not imported.',
  })
  configurationItem(@Root() result: ConfigurationItemImportResultType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, result.ciId);
  }

  @Authorized('CONFIGURATION_MANAGER')
  @Mutation(() => ConfigurationItemsImportPayload, {
    description:
      'Registers or updates many configuration items by their references in another system, in one transaction, ' +
      'with one result per row. New items start as DISCOVERED.',
  })
  async configurationItemsImport(
    @Arg('input', () => ConfigurationItemsImportInput, { description: 'Rows to import and error policy.' })
    input: ConfigurationItemsImportInput,
    @Ctx() context: Context,
  ) {
    const origin = { actor: signedIn(context), requestId: context.requestId };
    try {
      const { result, replayed } = await transact(
        context.services,
        origin,
        async (uow) =>
          await onceFor(uow, 'configurationItemsImport', input, async (inner) => ({
            rows: await configurationItemsImport(inner, input),
          })),
      );
      context.reads.clear();
      return present(result.rows, replayed);
    } catch (error) {
      if (error instanceof ImportRejected) return present(error.results, false);
      throw error;
    }
  }
}
