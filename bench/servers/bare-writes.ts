import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import pg from 'pg';
import { ready } from './common.js';

// The minimum work of a Node server for a command: one transaction with the row, its event and a notification, by
// prepared statements. No GraphQL, no authentication, no rules.
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 10 });

interface Write {
  readonly table: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly id?: string;
  readonly event: string;
}

/** Many rows of a table, as they are. */
interface ManyRows {
  readonly table: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly event: string;
}

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const quoted = (name: string) => `"${snake(name)}"`;

async function write(work: Write | ManyRows): Promise<object> {
  const client = await pool.connect();
  try {
    await client.query({ name: 'begin', text: 'begin' });
    const done = 'rows' in work ? await writeMany(client, work) : await writeOne(client, work);
    await client.query({ name: 'notify', text: 'notify bench_events' });
    await client.query({ name: 'commit', text: 'commit' });
    client.release();
    return done;
  } catch (error) {
    client.release(error as Error);
    throw error;
  }
}

async function writeMany(client: pg.PoolClient, { table, rows, event }: ManyRows): Promise<object> {
  const columns = Object.keys(rows[0] as object).map(quoted);
  await client.query({
    name: `many ${table}`,
    text:
      `insert into "${table}" (${columns.join(', ')}) ` +
      `select ${columns.join(', ')} from jsonb_populate_recordset(null::"${table}", $1::jsonb)`,
    values: [JSON.stringify(rows)],
  });
  const subject = { id: rows[0]?.['release_id'] as string, number: String(rows.length), version: 1 };
  await recordEvent(client, event, table, subject, { after: rows });
  return subject;
}

async function recordEvent(
  client: pg.PoolClient,
  event: string,
  table: string,
  subject: { readonly id: string; readonly number: string; readonly version: number },
  changes: object,
): Promise<void> {
  await client.query({
    name: 'event',
    text:
      'insert into domain_event (id, type, aggregate_type, aggregate_id, aggregate_version, topics, at, ' +
      'actor_name, request_id, payload) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
    values: [
      randomUUID(),
      event,
      table,
      subject.id,
      subject.version,
      [subject.id],
      new Date(),
      'bench',
      'bench',
      JSON.stringify({ subject: { number: subject.number }, changes }),
    ],
  });
}

async function writeOne(client: pg.PoolClient, { table, values, id, event }: Write): Promise<object> {
  const columns = Object.keys(values).map(quoted);
  const now = new Date();
  let row;
  if (id === undefined) {
    const all = ['"id"', ...columns, '"created_at"', '"updated_at"'];
    row = await client.query({
      name: `insert ${table}`,
      text:
        `insert into "${table}" (${all.join(', ')}) values (${all.map((_, n) => `$${n + 1}`).join(', ')}) ` +
        `returning id, number, version`,
      values: [randomUUID(), ...Object.values(values), now, now],
    });
  } else {
    await client.query({
      name: `lock ${table}`,
      text: `select * from "${table}" where id = $1 for update`,
      values: [id],
    });
    row = await client.query({
      name: `update ${table}`,
      text:
        `update "${table}" set ${columns.map((column, n) => `${column} = $${n + 2}`).join(', ')}, ` +
        `version = version + 1 where id = $1 returning id, number, version`,
      values: [id, ...Object.values(values)],
    });
  }
  const [found] = row.rows as { id: string; number: string; version: number }[];
  if (!found) throw new Error('There is no such row.');
  await recordEvent(client, event, table, found, values);
  return found;
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    write(JSON.parse(Buffer.concat(chunks).toString()) as Write | ManyRows).then(
      (row) => {
        const body = JSON.stringify({ data: row });
        response
          .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
          .end(body);
      },
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
});
ready(server, () => 0);
