/** The course of one host: from the first contact to an end that something on the host proves, or to `unknown`. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Journal, News } from './journal.js';
import type { Order, OrderTarget } from './order.js';
import { digestOf, obstacleIn, type Said } from './remote-answer.js';
import {
  cancelScript,
  checkScript,
  LOG_AT_ONCE,
  pollScript,
  prepareScript,
  startScript,
  verifyScript,
  type Known,
  type Place,
} from './remote-scripts.js';
import type { Answer, Remote } from './remote.js';
import type { Silence } from './ssh-client.js';

/** How an attempt on a host ended: for good, or to be tried later because nothing has begun on it. */
export type CourseEnd = { readonly end: News } | { readonly later: Silence };

/** How long one connection waits for news, in fifths of a second. */
const WAIT_TICKS = 50;
/** How long after the deadline a host that has begun is still followed: the server asks for a stop at the deadline. */
const GRACE_MS = 60_000;
const LONGEST_PAUSE_MS = 15_000;
/** How often a job is started that nobody has seen beginning. */
const STARTS = 3;
/** How much of a log is kept here. The host has all of it. */
const LOG_KEPT = 1_048_576;
/** Failures that another try does not change. */
const FOR_GOOD: ReadonlySet<string> = new Set(['NOT_OURS', 'SUPERSEDED', 'NO_PREVIOUS', 'NOT_CURRENT']);
const PERCENT: Readonly<Record<string, number>> = { check: 40, install: 55, switch: 85, activate: 90, delete: 90 };

const failed = (code: string, message: string, more: Partial<News> = {}): CourseEnd => ({
  end: {
    state: 'failed',
    nativeStatus: code,
    reason: { code, message, retryable: !FOR_GOOD.has(code) },
    ...more,
  },
});

const unknown = (code: string, message: string): CourseEnd => ({
  end: { state: 'unknown', nativeStatus: code, reason: { code, message, retryable: false } },
});

/** The end of a target on which nothing has begun and nothing will. */
export const cancelledBefore: News = {
  state: 'cancelled',
  nativeStatus: 'cancelled',
  reason: { code: 'CANCELLED', message: 'It was stopped before it began.', retryable: true },
};

/** See the file's head. */
export class HostCourse {
  private offset = 0;
  private step = '';
  private held = Buffer.alloc(0);
  private tail = '';
  private starts = 0;
  private silences = 0;
  private readonly order: Order;
  private readonly target: OrderTarget;

  constructor(
    private readonly remote: Remote,
    private readonly index: number,
    private readonly journal: Journal,
    private readonly attempt: number,
    /** Aborted when the target is to be stopped. */
    private readonly stop: AbortSignal,
    /** Aborted when the worker has to go, without an end. */
    private readonly closing: AbortSignal,
    /** What the commands of the package read from their standard input. */
    private readonly secrets = '',
  ) {
    this.order = remote.order;
    this.target = this.order.targets[index] as OrderTarget;
  }

  private get begun(): boolean {
    return this.journal.hasBegun(this.target);
  }

  /** Works on the host. Rejects only when the worker is closing. */
  async go(): Promise<CourseEnd> {
    if (this.order.operation === 'verify' || this.order.dryRun) return await this.look();
    this.journal.clearLog(this.index);
    const end = await this.change();
    if (this.held.length > 0) this.journal.addLog(this.index, `${this.held.toString()}\n`);
    return end;
  }

  private async look(): Promise<CourseEnd> {
    this.tell({ state: 'running', nativeStatus: 'reading' });
    const script = this.order.dryRun && this.order.operation !== 'verify' ? checkScript : verifyScript;
    // Digests of large media take long, and a deadline bounds it.
    const answer = await this.ask(script, Math.max(10, this.secondsLeft()), this.stop);
    if (this.stop.aborted) return { end: cancelledBefore };
    if ('silence' in answer) return this.withoutContact(answer.silence);
    const { said } = answer;
    if (script === checkScript) {
      const obstacle = obstacleIn(this.order, said);
      if (obstacle !== undefined) return failed('OBSTACLE', obstacle);
      return { end: { state: 'succeeded', nativeStatus: 'rehearsed' } };
    }
    const found = digestOf(this.order, said.sums);
    const read = found === undefined ? {} : { verifiedSha256: found };
    if (found === undefined) return failed('NOT_INSTALLED', 'The version is not on the host, or not all of it.');
    if (found !== this.order.digest) return failed('DIGEST_MISMATCH', 'The files on the host are not the ones.', read);
    if (said.current !== `releases/${this.order.versionId}`)
      return failed('NOT_CURRENT', `Another version is current: ${said.current || 'none'}.`, read);
    return { end: { state: 'succeeded', nativeStatus: 'verified', ...read } };
  }

  private async change(): Promise<CourseEnd> {
    let answer: Answer = this.begun ? await this.poll(0) : await this.ask(prepareScript, 10, this.stop);
    for (;;) {
      this.closing.throwIfAborted();
      if (this.stop.aborted) return await this.cancel();
      const late = this.tooLate();
      if (late !== undefined) return late;
      if ('silence' in answer) {
        if (!this.begun) return this.withoutContact(answer.silence);
        await this.silent(answer.silence);
        answer = await this.poll(0);
        continue;
      }
      this.keep(answer.said);
      const { said } = answer;
      if (said.problem !== undefined) return failed('WRITE_FAILED', said.problem);
      if (said.state === 'none') {
        const copied = await this.copy(said);
        if (copied !== undefined) return copied;
        if (this.starts >= STARTS) return await this.neverBegan();
        if (this.stop.aborted) continue;
        answer = await this.start();
        continue;
      }
      if (said.state === 'running' || said.state === 'starting') {
        const percent = this.order.operation === 'install' ? { percent: PERCENT[said.step] ?? 30 } : {};
        this.tell({ state: 'running', nativeStatus: said.state, step: said.step || 'start', ...percent });
        answer = await this.poll(WAIT_TICKS);
        continue;
      }
      await this.readLogToEnd(said);
      return this.ended(said);
    }
  }

  /** Copies the media where they are needed. @returns an end, or undefined to go on */
  private async copy(said: Said): Promise<CourseEnd | undefined> {
    if (this.order.operation !== 'install' || said.versionThere) return undefined;
    if (!this.begun) this.tell({ state: 'staging', nativeStatus: 'copying', percent: 10 });
    const silence = await this.remote.copy(this.index, new Date(this.order.deadline), this.either());
    this.closing.throwIfAborted();
    if (silence === undefined || this.stop.aborted) return undefined;
    if (silence.code === 'NO_SPACE' || silence.code === 'COPY_FAILED') return failed(silence.code, silence.message);
    return this.begun ? undefined : this.withoutContact(silence);
  }

  private async start(): Promise<Answer> {
    this.starts += 1;
    // Written down before it is sent: from here on a job may be on the host.
    this.tell({ state: 'running', nativeStatus: 'starting', step: 'start' });
    const { secrets } = this;
    const script = (place: Place): string => startScript(place, this.known(WAIT_TICKS), secrets);
    return await this.ask(script, WAIT_TICKS, this.stop);
  }

  /** Nobody has seen the job beginning. Its lock is taken, so that it never will. */
  private async neverBegan(): Promise<CourseEnd> {
    const end = await this.cancel();
    if (!('end' in end) || end.end.state !== 'cancelled') return end;
    return failed('NOT_STARTED', 'The job did not begin on the host, and now it cannot.');
  }

  /** Ends what is on the host, and proves it. */
  private async cancel(): Promise<CourseEnd> {
    if (!this.begun && this.journal.last(this.target)?.state !== 'staging') return { end: cancelledBefore };
    for (;;) {
      const answer = await this.ask(cancelScript, this.order.cancelSeconds + 10, this.closing);
      this.closing.throwIfAborted();
      if ('said' in answer) {
        this.keep(answer.said);
        const { state } = answer.said;
        if (state !== 'running' && state !== 'starting' && state !== 'none') {
          await this.readLogToEnd(answer.said);
          return this.ended(answer.said);
        }
        this.tell({ state: 'running', nativeStatus: 'does not end', step: answer.said.step || 'start' });
      } else {
        // While media are copied there is no job, and without its connection a copy ends.
        if (!this.begun && Date.now() > Date.parse(this.order.deadline)) return { end: cancelledBefore };
        await this.silent(answer.silence);
      }
      const late = this.tooLate();
      if (late !== undefined) return late;
      if ('said' in answer) await this.rest(1_000);
    }
  }

  private ended(said: Said): CourseEnd {
    const { rc, state, step, sums } = said;
    if (state === 'cancelled') {
      const when = step === '' ? 'before it began' : `in the step ${step}`;
      const message = `It was stopped ${when}; nothing of it is left running on the host.`;
      const reason = { code: 'CANCELLED', message, retryable: true };
      return { end: { state: 'cancelled', nativeStatus: 'cancelled', reason, ...(step !== '' && { step }) } };
    }
    if (rc === undefined)
      return unknown('LOST', `The job is gone and has left no result. Its last step was ${step || 'the start'}.`);
    const found = digestOf(this.order, sums);
    const read = { ...(found !== undefined && { verifiedSha256: found }), ...(step !== '' && { step }) };
    if (rc.code !== 'OK') return failed(rc.code, `${rc.message} ${this.lastWords()}`.trim(), read);
    if (this.order.operation === 'install' && found !== this.order.digest)
      return failed('DIGEST_MISMATCH', 'The job has succeeded, but the digests on the host are not the ones.', read);
    return { end: { state: 'succeeded', nativeStatus: rc.message, ...read } };
  }

  private withoutContact(silence: Silence): CourseEnd {
    const { code, message } = silence;
    if (code !== 'HOST_KEY' && code !== 'AUTHENTICATION') return { later: silence };
    return { end: { state: 'rejected', nativeStatus: code, reason: { code, message, retryable: false } } };
  }

  private tooLate(): CourseEnd | undefined {
    const over = Date.now() - Date.parse(this.order.deadline);
    if (over < 0 || (this.begun && over < GRACE_MS)) return undefined;
    if (this.begun) return unknown('DEADLINE', 'At the deadline it was under way, and nobody knows how it ended.');
    return { end: expired('The deadline passed before anything began on the host.') };
  }

  /** The host has begun and does not answer: it is asked again. */
  private async silent({ code, message }: Silence): Promise<void> {
    this.silences += 1;
    const reason = { code, message, retryable: true };
    this.tell({ state: 'unreachable', nativeStatus: code, step: this.step || 'start', reason });
    await this.rest(Math.min(LONGEST_PAUSE_MS, 500 * 2 ** Math.min(this.silences, 10)));
  }

  private async rest(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.stop.aborted ? this.closing : this.either() }).catch(() => undefined);
  }

  private either(): AbortSignal {
    return AbortSignal.any([this.stop, this.closing]);
  }

  private known(ticks: number): Known {
    return { offset: this.offset, step: this.step, ticks };
  }

  private async poll(ticks: number): Promise<Answer> {
    return await this.ask((place, known) => pollScript(place, { ...known, ticks }), ticks / 5 + 5, this.stop);
  }

  private async ask(
    script: (place: Place, known: Known) => string,
    seconds: number,
    signal: AbortSignal,
  ): Promise<Answer> {
    const both = AbortSignal.any([signal, this.closing]);
    return await this.remote.run(this.index, (place) => script(place, this.known(0)), seconds, both);
  }

  private secondsLeft(): number {
    return Math.min(86_400, (Date.parse(this.order.deadline) - Date.now()) / 1_000);
  }

  private tell(news: News): void {
    this.journal.tell(this.target, news, this.attempt);
  }

  private keep({ log, step }: Said): void {
    this.silences = 0;
    if (step !== '') this.step = step;
    if (this.offset < LOG_KEPT && log.length > 0) {
      // Whole lines only: a secret, or a character, is never cut in two.
      const bytes = Buffer.concat([this.held, log]);
      const end = bytes.lastIndexOf(10) + 1;
      if (end > 0) this.journal.addLog(this.index, bytes.toString('utf8', 0, end));
      this.held = bytes.subarray(end);
      this.tail = bytes.toString('utf8').trimEnd().split('\n').at(-1) ?? '';
    }
    this.offset += log.length;
  }

  private lastWords(): string {
    // Beyond what is kept, nobody here knows the last line.
    if (this.tail === '' || this.offset >= LOG_KEPT) return '';
    return `It said last: ${this.journal.redact(this.tail).slice(0, 300)}`;
  }

  private async readLogToEnd(said: Said): Promise<void> {
    for (let part = said; part.log.length === LOG_AT_ONCE && this.offset < LOG_KEPT;) {
      const answer = await this.ask(pollScript, 10, this.closing);
      if ('silence' in answer) return;
      part = answer.said;
      this.keep(part);
    }
  }
}

/** The end of a target that nobody waits for any longer. */
export const expired = (message: string): News => ({
  state: 'expired',
  nativeStatus: 'expired',
  reason: { code: 'UNREACHABLE', message, retryable: true },
});
