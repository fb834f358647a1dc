/** Adapters that report what is not so, do not stop what they say they stopped, or believe anybody. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AdapterError,
  isAdapterError,
  isFinalTargetState,
  type TargetReport,
  type TargetState,
} from '../../../../src/adapters/adapter.js';
import { secretForms } from '../../../../src/adapters/conformance/secret-forms.js';
import type { RightAdapter } from './right-adapter.js';
import { method, type WrongAdapters } from './rework.js';
import { writeRun } from './right-run.js';

const EVERY_TARGET = 'observe: every target reaches a final state, and none is invented';
const SECRETS = 'secrets: never show in answers, errors, logs, files, arguments or environments';
const PROOF = 'callback: a message whose proof is absent, changed or cut is UNAUTHENTICATED';
const GENUINE = 'callback: a genuine message names its run, and changes nothing by itself';
const FOREIGN = 'callback: a message about another run does not touch this one, before or after it began';
const DURING = 'cancel: during a run, every target still reaches a final state';
const LOGS = 'logs: can be read on from a cursor to the end';

/** Changes the reports of a run. @param change gets them, and the first that is final */
const reports = (change: (told: TargetReport[], end: TargetReport | undefined) => TargetReport[]) =>
  method('reportsOf', (reportsOf) => (run) => {
    const told = reportsOf(run);
    return change(
      told,
      told.find(({ state }) => isFinalTargetState(state)),
    );
  });

/** Adds a report as soon as a target has ended. */
const afterwards = (more: Partial<TargetReport>) =>
  reports((told, end) => (end === undefined ? told : [...told, { ...end, ...more }]));

/** Reports every end as another one. */
const ends = (state: TargetState) =>
  reports((told) => told.map((report) => (isFinalTargetState(report.state) ? { ...report, state } : report)));

/** Tells the token as soon as it has it. */
const leak = (tell: (secret: string, right: RightAdapter) => unknown) =>
  method('submit', (submit, right) => async (request, signal) => {
    await tell(await right.context.secrets.get(right.config.token), right);
    return await submit(request, signal);
  });
const patience = () => ({ signal: AbortSignal.timeout(5_000) });
const base64 = (secret: string) => Buffer.from(`admin:${secret}`).toString('base64');

const kept: unknown[] = [];

/** See the file's head. */
export const WRONG_REPORTS: WrongAdapters = {
  'knows every run': {
    finds: ['observe: a run that does not exist is NOT_FOUND', 'cancel: of a run that does not exist is NOT_FOUND'],
    instance: (right) => {
      method('observe', (observe) => async (handle, cursor, signal) => {
        if ((await right.find(handle.key, signal)) !== null) return await observe(handle, cursor, signal);
        return { run: { phase: 'queued' }, targets: [], cursor: '0', complete: false };
      })(right);
      method('cancel', (cancel) => async (handle, options, signal) => {
        if ((await right.find(handle.key, signal)) !== null) return await cancel(handle, options, signal);
        return { accepted: false };
      })(right);
    },
  },
  'invents a target': { finds: [EVERY_TARGET], instance: afterwards({ ciId: 'ci-of-somebody-else' }) },
  'forgets a target': {
    finds: [EVERY_TARGET, 'limits: 1000 targets'],
    instance: reports((told, end) => {
      const rest = told.filter(({ ciId }) => ciId !== told[0]?.ciId);
      return end === undefined ? rest : [...rest, ...rest.slice(-1)];
    }),
  },
  'takes success back': { finds: [EVERY_TARGET], instance: afterwards({ state: 'failed' }) },
  'says unknown words': { finds: [EVERY_TARGET], instance: afterwards({ state: 'splendid' as never }) },
  'says what nobody can store': {
    finds: ['observe: answers can be stored and shown unchanged'],
    instance: reports((told) => told.map((report) => ({ ...report, nativeStatus: `${report.state}\u0000` }))),
  },
  'loses reports': {
    finds: ['observe: a full look and the sum of the changes agree, at every moment'],
    instance: method('observe', (observe) => async (handle, cursor, signal) => {
      const seen = await observe(handle, cursor, signal);
      return cursor === null ? seen : { ...seen, targets: [] };
    }),
  },
  'shows less in a full look': {
    finds: ['observe: a full look and the sum of the changes agree, at every moment'],
    instance: (right) => {
      let looks = 0;
      method('observe', (observe) => async (handle, cursor, signal) => {
        const seen = await observe(handle, cursor, signal);
        const whole = cursor !== null || seen.complete || (looks += 1) === 1;
        return whole ? seen : { ...seen, targets: seen.targets.slice(1) };
      })(right);
    },
  },
  'reopens the run': {
    finds: ['observe: complete stays complete', 'observe: an old cursor may be used again'],
    instance: method('observe', (observe) => async (handle, cursor, signal) => {
      const seen = await observe(handle, cursor, signal);
      const again = seen.complete && cursor === seen.cursor;
      return again ? { ...seen, run: { phase: 'running' }, complete: false } : seen;
    }),
  },
  'has one observer': {
    finds: ['observe: several observers at once see the same'],
    instance: (right) => {
      let told = 0;
      method('observe', (observe) => async (handle, _cursor, signal) => {
        const seen = await observe(handle, null, signal);
        const fresh = seen.targets.slice(told);
        told = seen.targets.length;
        return { ...seen, targets: fresh };
      })(right);
    },
  },
  'proves nothing': {
    finds: ['observe: success carries the digest that was found on the target'],
    instance: reports((told) => told.map(({ verifiedSha256: _proof, ...report }) => report)),
  },
  'calls every end a success': {
    finds: [
      'outcome: one target fails',
      'outcome: all targets fail',
      'outcome: one cannot be reached',
      'outcome: the tool leaves one out',
      'outcome: the tool fails first',
      'outcome: success without work',
      'outcome: a new word of the tool',
      'outcome: time is over',
    ],
    instance: ends('succeeded'),
  },
  'translates the words of the tool': {
    finds: ['outcome: a new word of the tool'],
    instance: reports((told) => told.map((report) => ({ ...report, nativeStatus: 'unknown' }))),
  },
  'ends targets when the tool is down': {
    finds: ['errors: a tool that is down during a run ends no target, and the run goes on afterwards'],
    instance: method('observe', (observe) => async (handle, cursor, signal) => {
      return await observe(handle, cursor, signal).catch((error: unknown) => {
        if (!isAdapterError(error) || error.code !== 'UNAVAILABLE') throw error;
        return {
          run: { phase: 'finished' as const, outcome: 'error' as const },
          targets: [],
          cursor: '',
          complete: true,
        };
      });
    }),
  },
  'cancels what has ended': {
    finds: ['cancel: after the end is not accepted and changes nothing'],
    instance: method('cancel', (cancel) => async (handle, options, signal) => {
      return { ...(await cancel(handle, options, signal)), accepted: true };
    }),
  },
  'cancels everything': {
    finds: ['cancel: of one target leaves the others'],
    instance: method(
      'cancel',
      (cancel) =>
        async (handle, { mode }, signal) =>
          await cancel(handle, { mode }, signal),
    ),
  },
  'cancels strangers': {
    finds: ['cancel: of a target that the run does not name is INVALID_ARGUMENT and stops nothing'],
    instance: method('cancel', (cancel) => async (handle, { mode, targets: _any }, signal) => {
      return await cancel(handle, { mode }, signal);
    }),
  },
  'forgets cancels': {
    finds: [DURING, 'cancel: is seen by another instance', 'cancel: twice does no harm'],
    instance: method('cancel', () => async () => ({ accepted: true })),
  },
  'cancels only what has begun': {
    finds: ['cancel: right after the submission, every target still reaches a final state'],
    instance: method('cancel', (cancel, right) => async (handle, options, signal) => {
      const age = Date.now() - right.existing(handle.key).startedAt;
      return age < 1_000 ? { accepted: true } : await cancel(handle, options, signal);
    }),
  },
  'cancels what has succeeded': {
    finds: ['cancel: leaves what has ended as it ended'],
    instance: method('cancel', (cancel, right) => async (handle, options, signal) => {
      const answer = await cancel(handle, options, signal);
      const run = right.existing(handle.key);
      writeRun(right.context.workDir, { ...run, cancels: run.cancels.map((one) => ({ ...one, at: 0 })) });
      return answer;
    }),
  },
  'lets its programs work on': {
    finds: ['cancel: a confirmed cancel ends the programs that work on targets'],
    instance: (right) => {
      right.endWorker = async () => undefined;
    },
  },
  'does not pause': {
    finds: ['pause: the run is paused, and after a resume it goes on to its end'],
    instance: method('pause', () => async () => undefined),
  },
  'cuts characters of the log': {
    finds: [LOGS],
    instance: method('logs', (logs) => async (handle, query, signal) => {
      const { chunk, cursor, eof } = await logs(handle, { ...query, maxBytes: 1_000_000 }, signal);
      const piece = Buffer.from(chunk).subarray(0, query.maxBytes);
      const next = String(Number(query.cursor ?? 0) + piece.length);
      return { chunk: piece.toString('latin1').slice(0, piece.length / 2), cursor: next, eof: eof && next === cursor };
    }),
  },
  'stands still in the log': {
    finds: [LOGS],
    instance: method('logs', (logs) => async (handle, query, signal) => {
      const { chunk, cursor, eof } = await logs(handle, query, signal);
      return { chunk, cursor: query.cursor ?? cursor, eof };
    }),
  },
  'keeps the log in memory': {
    finds: ['limits: a log of 10 MB in bounded memory'],
    instance: method('logs', (logs) => async (handle, query, signal) => {
      kept.push(Buffer.alloc(2_000_000, 1));
      return await logs(handle, query, signal);
    }),
  },
  'keeps reports in memory': {
    finds: ['limits: 5000 reports in bounded memory'],
    instance: reports((told) => {
      if (told.length > 1_000) kept.push(told.map((report) => Buffer.alloc(50_000, report.state)));
      return told;
    }),
  },
  'believes everybody': {
    finds: ['callback: a message that does not prove where it comes from is UNAUTHENTICATED', PROOF],
    instance: method('receive', () => async () => ({})),
  },
  'compares the beginning of a proof': {
    finds: [PROOF],
    instance: method('receive', (receive, right) => async (message, signal) => {
      const right64 = (await right.signatureOf(message.headers['x-sent-at'] ?? '', message.rawBody)).toString();
      const given = message.headers['x-signature'] ?? '';
      const headers = { ...message.headers, 'x-signature': given.length > 60 ? right64 : given };
      return await receive({ ...message, headers }, signal);
    }),
  },
  'does not sign the body': {
    finds: ['callback: a body that was exchanged is UNAUTHENTICATED'],
    instance: method('signatureOf', (signatureOf, right) => async (sentAt, rawBody) => {
      const bytes = Buffer.from(rawBody).toString().trimEnd();
      return await signatureOf(sentAt, Buffer.from(bytes.replace('run-of-somebody-else', right.context.instanceId)));
    }),
  },
  'takes old messages': {
    finds: ['callback: an old message is UNAUTHENTICATED'],
    instance: (right) => Object.assign(right, { maxAgeMs: Number.POSITIVE_INFINITY }),
  },
  'names no run': {
    finds: [GENUINE],
    instance: method('receive', (receive) => async (message, signal) => {
      const { dedupeId } = await receive(message, signal);
      return { dedupeId };
    }),
  },
  'starts a run by a message': {
    finds: [GENUINE],
    instance: method('receive', (receive, right) => async (message, signal) => {
      writeFileSync(join(right.context.workDir, 'runs', 'by-message'), '');
      return await receive(message, signal);
    }),
  },
  'gives a repetition another name': {
    finds: [GENUINE],
    instance: method('receive', (receive) => async (message, signal) => {
      return { ...(await receive(message, signal)), dedupeId: String(Math.random()) };
    }),
  },
  'takes every message for the same': {
    finds: ['callback: two different messages have different dedupeIds'],
    instance: method('receive', (receive) => async (message, signal) => {
      return { ...(await receive(message, signal)), dedupeId: 'the same' };
    }),
  },
  'takes an old message for the truth': {
    finds: ['callback: a message of an earlier moment does not take back what is known'],
    instance: method('receive', (receive) => async (message, signal) => {
      const report = await receive(message, signal);
      const at = new Date().toISOString();
      const target = { ciId: 'ci-1', state: 'failed' as const, nativeStatus: 'failed', at, attempt: 1 };
      const run = { phase: 'running' as const };
      return { ...report, observation: { run, targets: [target], cursor: '0', complete: false } };
    }),
  },
  'takes every message for the last run': {
    finds: [FOREIGN],
    instance: (right) => {
      let last = '';
      method('submit', (submit) => async (request, signal) => {
        last = request.key;
        return await submit(request, signal);
      })(right);
      method('receive', (receive) => async (message, signal) => ({ ...(await receive(message, signal)), key: last }))(
        right,
      );
    },
  },
  'breaks on a message about a run that it does not know': {
    finds: [FOREIGN],
    instance: method('receive', (receive, right) => async (message, signal) => {
      const report = await receive(message, signal);
      if ((await right.find(report.key ?? '', signal)) === null) throw new TypeError('There is no run.');
      return report;
    }),
  },
  'shows a secret in errors': {
    finds: [SECRETS],
    instance: method('find', (_find, right) => async () => {
      throw new AdapterError('INTERNAL', `It failed with ${await right.context.secrets.get(right.config.token)}.`);
    }),
  },
  'shows a secret in the answer to a probe': {
    finds: [SECRETS],
    instance: method('probe', (probe, right) => async (signal) => {
      const secret = await right.context.secrets.get(right.config.token);
      return { ...(await probe(signal)), detail: secretForms(secret).at(-1) };
    }),
  },
  'shows a secret in logs': { finds: [SECRETS], instance: leak((secret, { context }) => context.log.info(secret)) },
  'shows a secret in handles': {
    finds: [SECRETS],
    instance: (right) => {
      let secret = '';
      leak((told) => (secret = told))(right);
      method('handle', (handle) => (run) => ({ ...handle(run), native: { number: run.number, secret } }))(right);
    },
  },
  'shows a secret in files': {
    finds: [SECRETS],
    instance: leak((secret, { context }) => writeFileSync(join(context.workDir, 'settings'), base64(secret))),
  },
  'shows a secret in arguments': {
    finds: [SECRETS],
    instance: leak((secret, { context }) => context.spawn(['true', secret], patience())),
  },
  'shows a secret in environments': {
    finds: [SECRETS],
    instance: leak((secret, { context }) => context.spawn(['true'], { env: { TOKEN: secret }, ...patience() })),
  },
};
