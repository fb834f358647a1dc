/** Where the worker writes down what it knows, before and after everything it does. */
import { appendFileSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { isFinalTargetState, type TargetReport } from '../../src/adapters/adapter.js';
import type { OrderTarget } from './order.js';
import { latestReports, readEvents, tally, type RunEvent } from './run-events.js';
import type { RunFolder } from './run-store.js';

/** What a report says beyond its target and time. */
export type News = Pick<TargetReport, 'state' | 'nativeStatus'> &
  Partial<Pick<TargetReport, 'step' | 'percent' | 'reason' | 'verifiedSha256'>>;

/** A line of a secret that is shorter is too common to be recognised by itself. */
const LEAST_LINE = 16;

/**
 * The forms in which secrets can be printed: as they are, as the words of a shell, and line by line. The longest come
 * first, so that one secret inside another leaves no remainder.
 */
function formsOf(secrets: readonly string[]): string[] {
  const forms = secrets.flatMap((secret) => [
    secret,
    secret.replaceAll("'", `'\\''`),
    ...secret.split('\n').filter((line) => line.length >= LEAST_LINE),
  ]);
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}

/** The events and logs of one run. */
export class Journal {
  private readonly latest: Map<string, TargetReport>;
  private readonly forms: readonly string[];

  /** @param secrets that must not be written down. */
  constructor(
    private readonly folder: RunFolder,
    secrets: readonly string[],
  ) {
    this.forms = formsOf(secrets);
    let before = Buffer.alloc(0);
    try {
      before = readFileSync(folder.file('events.jsonl'));
    } catch {
      // nothing has happened yet
    }
    const { events, offset } = readEvents(before);
    // A worker that was killed in the middle of a line leaves half of one; what follows must not continue it.
    if (offset < before.length) truncateSync(folder.file('events.jsonl'), offset);
    this.latest = latestReports(events);
  }

  /** The last report about a target, also by a worker before this one. */
  last(target: OrderTarget): TargetReport | undefined {
    return this.latest.get(target.ciId);
  }

  /** Whether a job may be on the target: it was written down before the first one was sent. */
  hasBegun(target: OrderTarget): boolean {
    const last = this.last(target);
    return last?.state === 'running' || (last?.state === 'unreachable' && last.step !== undefined);
  }

  /** Writes down news about a target, unless it is known already. */
  tell(target: OrderTarget, news: News, attempt: number): void {
    const before = this.latest.get(target.ciId);
    if (before !== undefined && isFinalTargetState(before.state)) return;
    const report: TargetReport = {
      ciId: target.ciId,
      ...news,
      nativeStatus: this.redact(news.nativeStatus),
      at: new Date().toISOString(),
      attempt,
      ...(news.reason !== undefined && { reason: { ...news.reason, message: this.redact(news.reason.message) } }),
    };
    const { at: _at, ...known } = before ?? { at: '' };
    const { at: _now, ...said } = report;
    if (JSON.stringify(known) === JSON.stringify(said)) return;
    this.latest.set(target.ciId, report);
    this.add({ report });
  }

  /** Writes down that nothing will change from here on. */
  end(): void {
    const states = [...this.latest.values()].map(({ state }) => state);
    this.add({ end: { at: new Date().toISOString(), message: `All targets have ended: ${tally(states)}.` } });
    writeFileSync(this.folder.file('ended'), '');
    rmSync(this.folder.file('package'), { recursive: true, force: true });
  }

  /** Empties the log of a target. */
  clearLog(index: number): void {
    writeFileSync(this.folder.file('logs', String(index)), '', { mode: 0o600 });
  }

  /** Adds whole lines to the log of a target. */
  addLog(index: number, text: string): void {
    appendFileSync(this.folder.file('logs', String(index)), this.redact(text));
  }

  /** Writes down which process works on the run. */
  workedOnBy(identity: object): void {
    const file = this.folder.file('worker.json');
    writeFileSync(`${file}.new`, JSON.stringify(identity));
    renameSync(`${file}.new`, file);
  }

  /** The text without secrets. Redact before cutting: half of a secret is not recognised. */
  redact(text: string): string {
    return this.forms.reduce((clean, form) => clean.replaceAll(form, '[secret]'), text);
  }

  private add(event: RunEvent): void {
    appendFileSync(this.folder.file('events.jsonl'), `${JSON.stringify(event)}\n`, { mode: 0o600 });
  }
}
