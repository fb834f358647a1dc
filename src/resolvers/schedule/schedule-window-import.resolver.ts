import { Arg, Authorized, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import type { WindowImportStatus } from '../../domain/schedule/window-import.js';
import { readCalendar } from '../../facts/schedule/calendar-import.facts.js';
import { scheduleWindowRead } from '../../reads/schedule/schedule-window.reads.js';
import {
  ScheduleWindowsImportInput,
  ScheduleWindowsImportPayload,
  WindowImportResultType,
} from '../../schema/schedule/schedule-window-import.type.js';
import { ScheduleWindowType } from '../../schema/schedule/schedule-window.type.js';
import { onceFor } from '../../services/command.js';
import {
  scheduleWindowsImport,
  type WindowImportResult,
} from '../../services/schedule/schedule-window-import.service.js';
import { transact } from '../../services/unit-of-work.js';
import { signedIn } from '../authorise.js';
import type { Context } from '../context.js';
import { WORK } from '../work.js';

function present(
  results: readonly WindowImportResult[],
  replayed: boolean,
): Omit<ScheduleWindowsImportPayload, 'userErrors'> & { userErrors: never[] } {
  const count = (status: WindowImportStatus) => results.filter((result) => result.status === status).length;
  return {
    results,
    created: count('CREATED'),
    updated: count('UPDATED'),
    removed: count('REMOVED'),
    refused: count('REFUSED'),
    userErrors: [],
    replayed,
    query: {},
  };
}

/** Import of calendars as windows. */
@Resolver(() => WindowImportResultType)
export class ScheduleWindowImportResolver {
  @FieldResolver(() => ScheduleWindowType, {
    nullable: true,
    description: 'Window of the event as it is now. Null if there is none.',
  })
  scheduleWindow(@Root() result: WindowImportResultType, @Ctx() { reads }: Context) {
    return reads.byId(scheduleWindowRead, result.windowId);
  }

  @Authorized('RELEASE_MANAGER', 'CHANGE_MANAGER', 'CHANGE_AUTHORITY')
  @Mutation(() => ScheduleWindowsImportPayload, {
    complexity: WORK.search,
    description:
      'Creates, changes and deactivates windows so that they are those of a calendar, e.g. of public holidays or ' +
      'freezes, in one transaction. Requires the same roles as creating a window of this kind. Repeating it changes ' +
      'nothing.',
  })
  async scheduleWindowsImport(
    @Arg('input', () => ScheduleWindowsImportInput, { description: 'Calendar to import.' })
    input: ScheduleWindowsImportInput,
    @Ctx() context: Context,
  ) {
    const origin = { actor: signedIn(context), requestId: context.requestId };
    const events = await readCalendar(input.calendar, input);
    const { result, replayed } = await transact(
      context.services,
      origin,
      async (uow) =>
        await onceFor(uow, 'scheduleWindowsImport', input, async (inner) => ({
          results: await scheduleWindowsImport(inner, input, events),
        })),
    );
    context.reads.clear();
    return present(result.results, replayed);
  }
}
