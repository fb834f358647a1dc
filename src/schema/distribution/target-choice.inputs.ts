import { ID } from 'type-graphql';
import { configurationItemList } from '../cmdb/configuration-item.type.js';
import { optional } from '../fields.js';

/** The ways to choose the targets of a distribution. */
export const targetChoiceFields = {
  targetIds: optional([ID], 'Ids of configuration items that are targets of the release. Excludes `allTargets`.'),
  targetGroupIds: optional([ID], 'Ids of target groups. Their present members become targets. Excludes `allTargets`.'),
  targetFilter: optional(
    configurationItemList.Filter,
    'Filter that finds targets among those of the release, at most 50 conditions. Excludes `allTargets`.',
  ),
  allTargets: optional(
    Boolean,
    'True selects every target of the release, at every later update too. Excludes the other ways to choose.',
  ),
};
