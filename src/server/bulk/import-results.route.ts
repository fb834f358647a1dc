import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { Readable } from 'node:stream';
import type { Queryable } from '../../database/queryable.js';
import { RequestError } from '../../domain/errors.js';
import type { FileImportKind, FileImportState, RowOutcome } from '../../domain/file-import.js';
import { type NodeType, parseNodeId, toNodeId } from '../../domain/node-id.js';
import { jsonLine, NDJSON, type BulkRouteOptions } from './bulk-request.js';

const TYPES: Readonly<Record<FileImportKind, NodeType>> = {
  CONFIGURATION_ITEMS: 'ConfigurationItem',
  RELATIONS: 'CiRelation',
  PEOPLE: 'Person',
  OBSERVATIONS: 'ConfigurationItem',
};

interface KnownImport {
  readonly id: string;
  readonly kind: FileImportKind;
  readonly state: FileImportState;
  readonly person_id: string;
}

/** How many stored batches of results are read at a time. */
const PAGE = 10;

async function* linesOf(db: Queryable, known: KnownImport, onlyFailed: boolean): AsyncGenerator<string> {
  for (let after = -1; ;) {
    const pages = await db.query<{ first_row: number; outcomes: RowOutcome[] }>(sql`
      select first_row, outcomes from file_import_result
      where file_import_id = ${known.id} and first_row > ${after} order by first_row limit ${PAGE}`);
    for (const { first_row, outcomes } of pages) {
      const lines = outcomes.flatMap(({ id, status, ...why }, at) => {
        if (onlyFailed && status !== 'FAILED') return [];
        // What a rejected import would have done, it has not.
        const isUndone = known.state === 'REJECTED' && status !== 'FAILED';
        const shown = { row: first_row + at + 1, status: isUndone ? 'NOT_WRITTEN' : status };
        return [jsonLine({ ...shown, id: id === null ? null : toNodeId(TYPES[known.kind], id), ...why })];
      });
      if (lines.length > 0) yield lines.join('');
      after = first_row;
    }
    if (pages.length < PAGE) return;
  }
}

/** `GET /import/:id/results`: one line for each row that has its result. For everybody else there is nothing. */
export async function importResultsRoute(
  app: FastifyInstance,
  { entrance, services: { readDatabase } }: BulkRouteOptions,
): Promise<void> {
  app.get('/import/:id/results', async (request, reply) => {
    const actor = await entrance.enterSignedIn(request.raw);
    const parsed = parseNodeId((request.params as { id: string }).id);
    const [known] =
      parsed?.type === 'FileImport'
        ? await readDatabase.query<KnownImport>(
            sql`select id, kind, state, person_id from file_import where id = ${parsed.uuid}::uuid`,
          )
        : [];
    const isSeen =
      known !== undefined &&
      (known.person_id === actor.id || actor.roles.some((role) => role === 'AUDITOR' || role === 'ADMINISTRATOR'));
    if (!isSeen) throw new RequestError('NOT_FOUND', 'You have no import with this id.', { type: 'FileImport' });
    const onlyFailed = (request.query as Record<string, unknown>)['status'] === 'FAILED';
    return await reply.type(NDJSON).send(Readable.from(linesOf(readDatabase, known, onlyFailed)));
  });
}
