import { describe, expect, test } from '@jest/globals';
import { jobOf, launchDataOf, type HostSummary } from '../../plugins/awx/awx-api.js';
import { awx } from '../../plugins/awx/awx.adapter.js';
import { statusOf, verdictOf, type Evidence } from '../../plugins/awx/job-outcome.js';
import { assertAuthentic, readNotification } from '../../plugins/awx/notification.js';
import { assertPlain, extraVarsOf, launchBody, orderIn } from '../../plugins/awx/order.js';
import { compileSchema } from '../../src/adapters/schema-compiler.js';
import { requestOf } from './support/harness.js';

const summary = (counts: Partial<HostSummary>): HostSummary => ({
  ...{ host: 'web', ok: 0, changed: 0, failures: 0, dark: 0, skipped: 0, processed: 1 },
  ...counts,
});

/** The end of the host `web`. */
function endOf(status: string, counts: Partial<HostSummary> | undefined, more: Partial<Evidence> = {}, job = {}) {
  const { state, reason } = verdictOf('web', {
    job: jobOf({ id: 1, status, started: '2026-11-28T10:00:00Z', ...job }),
    summaries: new Map(counts ? [['web', summary(counts)]] : []),
    cameToItsEnd: counts !== undefined,
    marked: undefined,
    touched: undefined,
    failedTasks: new Map(),
    ...more,
  });
  return reason === undefined ? state : `${state} ${reason.code}`;
}

const host = (name: string) => ({ ciId: `ci-${name}`, name, binding: { host: name } });
const binding = { jobTemplate: 7, endMarker: 'Done', extraVars: { colour: 'red', size: 1 } };
const orderOf = (more: Parameters<typeof requestOf>[0] = {}) =>
  requestOf({ targets: [host('web'), host('db')], package: { binding, artifacts: [] }, ...more });

describe('statuses of a job', () => {
  test.each([
    ['new', 'queued', undefined],
    ['pending', 'queued', undefined],
    ['waiting', 'queued', undefined],
    ['running', 'running', undefined],
    ['successful', 'finished', 'success'],
    ['failed', 'finished', 'failure'],
    ['error', 'finished', 'error'],
    ['canceled', 'finished', 'cancel'],
  ])('%s is %s %s', (native, phase, outcome) => expect(statusOf(native)).toEqual({ phase, outcome }));

  test.each(['paused', '', 'toString', 'SUCCESSFUL'])('%p is not known', (native) =>
    expect(statusOf(native)).toBeUndefined(),
  );
});

describe('the end of a host', () => {
  const marked = new Set(['web']);
  const unmarked = new Set<string>();
  test.each<[string, string, string, Partial<HostSummary> | undefined, Partial<Evidence>?]>([
    ['a job that succeeded', 'succeeded', 'successful', { ok: 2, changed: 1 }],
    ['an end marker in a job that failed elsewhere', 'succeeded', 'failed', { ok: 2 }, { marked }],
    ['no end marker in a job that succeeded', 'unknown NO_END_MARKER', 'successful', { ok: 2 }, { marked: unmarked }],
    ['no failure in a job that failed elsewhere', 'unknown NO_END_MARKER', 'failed', { ok: 2 }],
    ['an end marker and a failure', 'failed TASK_FAILED', 'failed', { ok: 2, failures: 1 }, { marked }],
    ['a failure', 'failed TASK_FAILED', 'failed', { ok: 1, failures: 1 }],
    ['dark from the beginning', 'failed UNREACHABLE', 'failed', { dark: 1 }],
    ['dark in the middle', 'unknown LOST_CONTACT', 'failed', { ok: 1, dark: 1 }],
    ['all tasks skipped', 'skipped NOTHING_DONE', 'successful', { skipped: 3 }],
    ['nothing processed', 'skipped NOTHING_DONE', 'successful', { processed: 0 }],
    ['counts without having been processed', 'unknown NO_END_MARKER', 'successful', { ok: 1, processed: 0 }],
    ['missing from the summaries', 'skipped NOT_ATTEMPTED', 'successful', undefined, { cameToItsEnd: true }],
    [
      'missing from the summaries, with events',
      'unknown NO_RESULT',
      'failed',
      undefined,
      { cameToItsEnd: true, touched: marked },
    ],
    ['cancelled before', 'cancelled CANCELLED', 'canceled', undefined, { touched: unmarked }],
    ['cancelled in the middle', 'unknown NO_RESULT', 'canceled', undefined, { touched: marked }],
    ['cancelled, and nobody knows', 'unknown NO_RESULT', 'canceled', undefined],
    ['cancelled after its end marker', 'succeeded', 'canceled', undefined, { marked, touched: marked }],
    ['failed before it began', 'skipped NOT_ATTEMPTED', 'failed', undefined, { touched: unmarked }],
    ['an error of AWX', 'unknown NO_RESULT', 'error', undefined, { touched: unmarked }],
    ['success without any evidence', 'unknown NO_RESULT', 'successful', undefined],
  ])('%s is %s', (_name, expected, status, counts, more = {}) => expect(endOf(status, counts, more)).toBe(expected));

  test('a job that never started touched nothing, whatever it ended as', () => {
    for (const [status, expected] of [
      ['canceled', 'cancelled CANCELLED'],
      ['failed', 'skipped NOT_ATTEMPTED'],
      ['error', 'skipped NOT_ATTEMPTED'],
    ] as const)
      expect(endOf(status, undefined, {}, { started: null })).toBe(expected);
  });
});

describe('an order', () => {
  test('goes into the variables of the job, and is read from them again', () => {
    const request = orderOf({ parameters: { extraVars: { colour: 'blue' } }, stopAfterFailures: 2 });
    expect(extraVarsOf(request)).toMatchObject({
      colour: 'blue',
      size: 1,
      interlock: { key: request.key, operation: 'install', stop_after_failures: 2 },
    });
    const order = { key: request.key, name: request.key, fingerprint: request.fingerprint, endMarker: 'Done' };
    const targets = { web: 'ci-web', db: 'ci-db' };
    expect(orderIn(JSON.stringify(extraVarsOf(request)))).toEqual({ ...order, targets });
    expect(orderIn(extraVarsOf(request))).toEqual({ ...order, targets });
    for (const foreign of ['', 'a: yaml', '{}', '{"interlock":1}', '{"interlock":{"key":"x"}}', null, 7])
      expect(orderIn(foreign)).toBeUndefined();
  });

  test('limits the job to exactly its hosts and keeps the labels of the template', () => {
    const data = launchDataOf({ ask_job_type_on_launch: true, defaults: { labels: [{ id: 3, name: 'prod' }] } });
    const request = orderOf({ maxParallel: 4 });
    expect(launchBody(request, data, 9)).toMatchObject({
      ...{ limit: 'web,db', labels: [3, 9], job_type: 'run', forks: 4 },
    });
    expect(launchBody({ ...request, dryRun: true }, data, undefined)).toMatchObject({ job_type: 'check' });
    expect(launchBody(request, launchDataOf({}), undefined)).not.toHaveProperty('job_type');
  });

  test.each(['all:!web', 'web*', '~web', '@file', 'a b', 'web,db', '-i', ''])('refuses the host %p', (name) => {
    expect(() => assertPlain(orderOf({ targets: [host(name)] }))).toThrow('pattern');
    expect(compileSchema(awx.targetSchema, 'The target')({ host: name })).not.toEqual([]);
  });

  test.each(['{{ lookup("pipe", "id") }}', '{% if x %}', 'a {# b #}'])('refuses the text %p', (name) => {
    const release = { id: 'r', name, version: '1', changeIds: [] };
    expect(() => assertPlain(orderOf({ release }))).toThrow('evaluate');
    expect(() => assertPlain(orderOf({ parameters: { extraVars: { [name]: 1 } } }))).toThrow('evaluate');
  });
});

describe('a notification', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const message = (headers: Record<string, string>) => ({ headers, rawBody: bytes('{}'), query: {} });
  const secret = { $secret: 'env:X' } as const;

  test('has to carry the secret in its header or as a password', () => {
    const header = { header: 'X-Token', token: secret };
    const basic = { username: 'awx', password: secret };
    const password = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
    expect(() => assertAuthentic(message({ 'x-token': 'right' }), header, 'right')).not.toThrow();
    expect(() => assertAuthentic(message(password('awx:right')), basic, 'right')).not.toThrow();
    for (const headers of [
      {},
      { 'x-token': '' },
      { 'x-token': 'righ' },
      { 'x-token': 'right ' },
      { 'x-other': 'right' },
    ])
      expect(() => assertAuthentic(message(headers as never), header, 'right')).toThrow('secret');
    for (const text of ['awx:', 'awx:wrong', 'root:right', 'right'])
      expect(() => assertAuthentic(message(password(text)), basic, 'right')).toThrow('secret');
  });

  test('names its run by the key of the order, and nothing else of it is believed', () => {
    const request = orderOf();
    const body = { id: 5, status: 'successful', extra_vars: JSON.stringify(extraVarsOf(request)), hosts: { web: {} } };
    expect(readNotification(bytes(JSON.stringify(body)))).toEqual({
      ...{ key: request.key, dedupeId: '5:successful', native: { job: 5 } },
    });
    expect(readNotification(bytes('{"id":5,"status":"failed","extra_vars":"{}"}'))).toEqual({});
    for (const odd of ['', 'x', '[]', 'null', '{"id":"5","status":"failed"}', '{"id":5}'])
      expect(() => readNotification(bytes(odd))).toThrow('message');
  });
});
