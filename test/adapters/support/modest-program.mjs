/**
 * A program of the exec protocol that promises as little as possible: it declares nothing, can neither find nor cancel
 * a run, and knows
 * its result only at the end.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const { method, workDir, params } = JSON.parse(readFileSync(0, 'utf8'));
const file = (key) => join(workDir, 'runs', `${key}.json`);
const refuse = (code, message) => ({ error: { code, message } });

const methods = {
  probe: () => ({ result: { status: 'ready' } }),
  find: () => ({ result: null }),
  submit: ({ request }) => {
    if (request.dryRun) return refuse('UNIMPLEMENTED', 'This tool cannot rehearse.');
    mkdirSync(join(workDir, 'runs'), { recursive: true });
    writeFileSync(file(request.key), JSON.stringify(request.targets.map((target) => target.ciId)));
    return { result: { native: {} } };
  },
  observe: ({ key }) => {
    if (!existsSync(file(key))) return refuse('NOT_FOUND', 'No such run.');
    const at = new Date(0).toISOString();
    const report = (ciId) => ({ ciId, state: 'succeeded', nativeStatus: 'OK', at, attempt: 1 });
    const targets = JSON.parse(readFileSync(file(key), 'utf8')).map(report);
    return { result: { run: { phase: 'finished', outcome: 'success' }, targets, cursor: '', complete: true } };
  },
};

const reply = Object.hasOwn(methods, method) ? methods[method](params) : refuse('UNIMPLEMENTED', `No ${method}.`);
process.stdout.write(JSON.stringify(reply));
