// A deployment tool that speaks HTTP, as a program of its own: `node http-tool.mjs RUNS_DIRECTORY`. It prints its
// address and ends with its standard input. A run succeeds 20 ms after it was started.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';

const [directory = ''] = process.argv.slice(2);
const DURATION_MS = 20;
const runs = [];
mkdirSync(directory, { recursive: true });

const shown = ({ key, id, fingerprint, targets, startedAt }) => {
  const done = Date.now() - startedAt >= DURATION_MS;
  return { key, id, fingerprint, targets, at: new Date().toISOString(), status: done ? 'DONE' : 'BUSY' };
};

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://tool');
  const answer = (status, body) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (!/^Bearer .+/.test(request.headers.authorization ?? '')) return answer(401, { message: 'Who are you?' });
  if (url.pathname === '/api/health') return answer(200, { version: '7.1' });
  if (url.pathname === '/api/runs' && request.method === 'GET')
    return answer(200, runs.filter((run) => run.key === url.searchParams.get('key')).map(shown));
  if (url.pathname === '/api/runs' && request.method === 'POST') {
    const order = await json(request);
    const run = { ...order, id: String(runs.length + 1), startedAt: Date.now() };
    runs.push(run);
    writeFileSync(join(directory, run.id), JSON.stringify(order));
    return answer(201, shown(run));
  }
  const run = runs.find(({ id }) => url.pathname === `/api/runs/${id}`);
  return run === undefined ? answer(404, { message: 'There is no such run.' }) : answer(200, shown(run));
});

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ address: `http://127.0.0.1:${server.address().port}/api` })}\n`);
});
process.stdin.resume().on('end', () => process.exit(0));
