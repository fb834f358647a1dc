import { ownAccessTokenRead } from '../../reads/people/access-token.reads.js';
import { commandsOn } from '../commands-on.js';
import { AccessTokenType } from '../../schema/people/access-token.type.js';
import * as useCases from '../../services/people/access-token.service.js';

const subject = { field: 'accessToken', noun: 'token', type: () => AccessTokenType, model: ownAccessTokenRead };

/** The commands of access token objects. */
export const AccessTokenCommands = commandsOn(subject, useCases, {
  accessTokenRevoke: {
    roles: [],
    description:
      "Ends a token within about a second, on running subscriptions too: your own, or as an administrator anybody's. Revoking it again changes nothing.",
    about: 'Which token.',
  },
});
