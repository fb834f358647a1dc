import { ID } from 'type-graphql';
import { commandsOn } from '../commands-on.js';
import { BlockerCodeEnum } from '../../schema/enums.js';
import { optional, required } from '../../schema/fields.js';
import { WaiverType } from '../../schema/release/waiver.type.js';
import { DateTime } from '../../schema/scalars.js';
import * as useCases from '../../services/release/waiver.service.js';
import { waiverRead } from '../../reads/release/waiver.reads.js';

const subject = { field: 'waiver', type: () => WaiverType, model: waiverRead };

/** The commands of waiver objects. */
export const WaiverCommands = commandsOn(subject, useCases, {
  waiverGrant: {
    roles: ['CHANGE_AUTHORITY', 'RELEASE_OWNER'],
    description:
      'Permits a release to pass one waivable rule, with a reason and an end. Not by who took part in planning the release.',
    about: 'The waiver.',
    inputDescription: 'A waiver to be granted to a release.',
    input: {
      releaseId: required(ID, 'The release.'),
      code: required(
        BlockerCodeEnum,
        'The rule to be set aside, as its blocker names it. Only rules whose blockers say `waivable` can be.',
      ),
      subjectId: optional(
        ID,
        'What the rule is about, as the `subject` of its blocker names it. Without one the waiver holds for every subject of the rule.',
      ),
      reason: required(String, 'Why. 1 to 2000 characters.'),
      expiresAt: required(DateTime, 'When it ends: later than now, and at most 90 days ahead.'),
    },
  },
});
