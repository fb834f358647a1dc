import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { databaseFault } from '../../../src/database/database-error.js';
import { openReadDatabase, type ReadDatabase } from '../../../src/database/read-database.js';
import { RequestError } from '../../../src/domain/errors.js';
import { readHead, readLog } from '../../../src/events/log.js';
import { formatError } from '../../../src/server/graphql/format-error.js';
import { Credentials } from '../../../src/server/sign-in/credentials.js';

const ACCOUNT = `ilk_${'0'.repeat(8)}`;
let server: Server | undefined;
let database: ReadDatabase | undefined;

afterEach(async () => {
  await database?.close();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  database = server = undefined;
});

/** A PostgreSQL that refuses every connection with a SQLSTATE, as it does while it starts, recovers or stops. */
async function refusing(code: string): Promise<ReadDatabase> {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0Mthe database system is not ready\0\0`);
  const length = Buffer.alloc(4);
  length.writeInt32BE(fields.length + 4);
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(Buffer.concat([Buffer.from('E'), length, fields])));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `postgres://${ACCOUNT}:x@127.0.0.1:${port}/none`;
  return (database = openReadDatabase(url, { poolSize: 1, statementTimeoutMs: 1_000, onError: () => {} }));
}

const codeOf = async (work: Promise<unknown>): Promise<unknown> =>
  await work.then(
    () => 'none',
    (error: unknown) => (error instanceof RequestError ? error.code : error),
  );

test.each(['57P01', '57P02', '57P03', '53300', '08006'])(
  'a read, a sign-in and the event log are UNAVAILABLE while PostgreSQL refuses connections with %s',
  async (code) => {
    const { pool, query } = await refusing(code);
    const services = { clock: () => new Date() } as never;
    const config = { oidc: undefined } as never;
    const credentials = new Credentials({ config, pool, services, onError: () => {} });
    const actor = { id: 'a', name: 'a', roles: [], via: 'token', tokenId: 't' } as const;
    expect(
      await Promise.all(
        [query(sql`select 1`), credentials.review([actor]), readHead(pool), readLog(pool, 0, 1)].map(codeOf),
      ),
    ).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE']);
  },
);

test.each([
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error and is not queryable',
  'Connection terminated unexpectedly',
])('"%s" of node-postgres is UNAVAILABLE, also at the door', (message) => {
  const error = new Error('Wrapped by the ORM.', { cause: new Error(message) });
  expect(databaseFault(error)).toMatchObject({ code: 'UNAVAILABLE' });
  const shown = formatError({ message: 'x' }, error, () => {});
  expect(shown.extensions?.['code']).toBe('UNAVAILABLE');
});

test('any other fault stays what it is', () => {
  const error = Object.assign(new Error('syntax error'), { code: '42601' });
  expect(databaseFault(error)).toBe(error);
});
