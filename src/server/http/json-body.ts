import type { FastifyInstance } from 'fastify';
import { RequestError } from '../../domain/errors.js';
import { unkeptNumber } from '../../domain/value.js';

/**
 * Reads JSON bodies as Fastify does, and refuses numbers that would be changed by reading them, such as
 * 9007199254740993 or 1e400: after JSON.parse nobody can tell.
 */
export function readJsonExactly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const number = unkeptNumber(body as string);
    if (number === undefined) return parse(request, body as string, done);
    const shown = number.length > 40 ? `${number.slice(0, 40)}…` : number;
    done(
      new RequestError(
        'BAD_USER_INPUT',
        `The number ${shown} cannot be represented exactly. Send it as a string, or with fewer digits.`,
        { number: shown },
      ),
    );
  });
}
