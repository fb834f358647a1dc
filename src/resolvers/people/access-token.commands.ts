import { ownAccessTokenRead } from '../../reads/people/access-token.reads.js';
import { commandsOn } from '../commands-on.js';
import { AccessTokenType } from '../../schema/people/access-token.type.js';
import * as useCases from '../../services/people/access-token.service.js';

const subject = { field: 'accessToken', noun: 'token', type: () => AccessTokenType, model: ownAccessTokenRead };

/** Commands on bearer tokens. */
export const AccessTokenCommands = commandsOn(subject, useCases, {
  accessTokenRevoke: {
    roles: [],
    description:
      'Revokes one of your tokens; an administrator can revoke any token. It takes effect within about a second, ' +
      'also on running subscriptions. Revoking a token again changes nothing.',
    about: 'Token to revoke.',
  },
});
