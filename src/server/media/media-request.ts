import type { FastifyRequest } from 'fastify';
import type { Config } from '../../config.js';
import { RequestError } from '../../domain/errors.js';
import type { MediaServices } from '../../services/library/media.service.js';
import type { Authenticator } from '../sign-in/authenticate.js';
import type { Actor } from '../../domain/actor.js';

/** What the media routes need. */
export interface MediaRouteOptions {
  readonly config: Config;
  readonly authenticator: Authenticator;
  readonly services: MediaServices;
}

/** The actor of a request. @throws RequestError UNAUTHENTICATED */
export async function actorOf(request: FastifyRequest, authenticator: Authenticator): Promise<Actor> {
  const actor = await authenticator.authenticate(request.headers.authorization);
  if (!actor) throw new RequestError('UNAUTHENTICATED', 'Sign in: send "Authorization: Bearer <token>".');
  return actor;
}
