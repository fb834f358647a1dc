import { createServer } from 'node:http';
import pg from 'pg';
import { loadOperations } from '../operation.js';
import { countStatements, ready } from './common.js';

// The minimum work of a Node server for these answers: read the parameters, run one prepared statement that creates the
// JSON, and return it. No GraphQL, no authentication, no checks.
const counter = countStatements();
const operations = new Map((await loadOperations()).map((operation) => [operation.name, operation.limit]));
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 10 });
const names = new Map<string, string>();

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { operation, parameters } = JSON.parse(Buffer.concat(chunks).toString()) as {
      operation: string;
      parameters: Record<string, string>;
    };
    const limit = operations.get(operation);
    if (!limit) return response.writeHead(404).end();
    const text = limit.sql(parameters);
    let name = names.get(text);
    if (name === undefined) names.set(text, (name = `l${names.size}`));
    pool.query<{ data: string }>({ name, text, values: [...limit.values(parameters)] }).then(
      ({ rows }) => {
        const body = `{"data":${rows[0]?.data}}`;
        response
          .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
          .end(body);
      },
      (error: Error) => response.writeHead(500).end(error.message),
    );
    return undefined;
  });
});
ready(server, counter);
