/**
 * A program that misbehaves in the way its first argument says whenever it is asked for the method that the second one
 * names.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

const [way, where] = process.argv.slice(2);
const call = JSON.parse(readFileSync(0, 'utf8'));
const reply = (value) => process.stdout.write(JSON.stringify(value));
const answers = {
  describe: { capabilities: { cancel: 'confirmed', logs: 'cursor', preflight: 'static', pause: true } },
  probe: { status: 'ready' },
  find: null,
  submit: { native: { run: 1 } },
};

const ways = {
  'says an error': () =>
    reply({ error: { code: 'RESOURCE_EXHAUSTED', message: 'slow down', retryAfterMs: 1500, native: { quota: 7 } } }),
  'says an error and ends badly': () => {
    reply({ error: { code: 'NOT_FOUND', message: 'no such run' } });
    process.exitCode = 1;
  },
  'says a result and ends badly': () => {
    reply({ result: answers[call.method] });
    process.exitCode = 3;
  },
  'says an unknown code': () => reply({ error: { code: 'SAD', message: 'x' } }),
  'says nothing': () => undefined,
  'says half of it': () => process.stdout.write('{"result":{"native":{"ru'),
  'says something else': () => process.stdout.write('<html>502 Bad Gateway</html>'),
  'says both': () => reply({ result: 1, error: { code: 'INTERNAL', message: 'x' } }),
  'says too much': () => process.stdout.write('x'.repeat(3_000_000)),
  'says it in latin1': () => process.stdout.write(Buffer.from([0x7b, 0xff, 0x7d])),
  'names no run': () => reply({ result: { run: 1 } }),
  'answers out of contract': () => reply({ result: { status: 'splendid' } }),
  hangs: () => setInterval(() => undefined, 1000),
  'hangs and does not let go': () => {
    process.on('SIGTERM', () => undefined);
    setInterval(() => undefined, 1000);
  },
  'leaves a child': () => {
    const child = spawn('sleep', ['600'], { stdio: ['ignore', 'inherit', 'inherit'] });
    reply({ result: { status: 'ready', detail: String(child.pid) } });
    process.exit(0);
  },
  'shows its environment': () => reply({ result: { status: 'ready', detail: JSON.stringify(process.env) } }),
  'writes to stderr': () => {
    console.error(`token is ${process.env.TOKEN}`);
    reply({ result: { status: 'ready', detail: `token is ${process.env.TOKEN}` } });
  },
  'shows the secret in an error': () =>
    reply({ error: { code: 'INTERNAL', message: process.env.TOKEN, native: { t: process.env.TOKEN } } }),
  'puts the secret into the handle': () => reply({ result: { native: { token: process.env.TOKEN } } }),
};

const exit = /^exits with (\d+)$/.exec(way);
if (where !== call.method) reply({ result: answers[call.method] ?? null });
else if (exit !== null) process.exit(Number(exit[1]));
else if (way === 'is killed') process.kill(process.pid, 'SIGKILL');
else ways[way]();
