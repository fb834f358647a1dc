/** Reads the logs of jobs, one job after the other. */
import { AdapterError, type LogChunk } from '../../src/adapters/adapter.js';
import type { Run } from './job-store.js';
import { all } from './reader.js';
import { jobsOf, type Job } from './scope.js';
import { documentOf, type Tool } from './tool.js';
import type { Watch } from './watch.js';

/** The logs of runs. A cursor is the number of a job and an offset in its log, in bytes. */
export class JobLogs {
  constructor(
    private readonly tool: Tool,
    private readonly watch: Watch,
  ) {}

  /** A piece of the log of a run, or of one target in it. */
  async read(
    run: Run,
    query: { readonly ciId?: string; readonly cursor?: string; readonly maxBytes: number },
    signal: AbortSignal,
  ): Promise<LogChunk> {
    const jobs = jobsOf(this.tool.profile, run).filter(
      ({ targets }) => query.ciId === undefined || targets.some(({ ciId }) => ciId === query.ciId),
    );
    const [, place = '0', start = '0'] = /^(\d{1,6})\.(\d{1,12})$/.exec(query.cursor ?? '') ?? [];
    const [index, from] = [Number(place), Number(start)];
    const job = jobs[index];
    if (job === undefined) return { chunk: '', cursor: `${index}.${from}`, eof: true };
    const ended = (await this.watch.one(run, job, signal)).ended;
    const log = await this.#log(run, job, signal);
    const end = wholeCharacters(log, Math.min(log.length, from + query.maxBytes));
    const done = ended && end >= log.length;
    return {
      chunk: log.toString('utf8', Math.min(from, log.length), end),
      cursor: done && index + 1 < jobs.length ? `${index + 1}.0` : `${index}.${Math.max(end, from)}`,
      eof: done && index + 1 === jobs.length,
    };
  }

  async #log(run: Run, job: Job, signal: AbortSignal): Promise<Buffer> {
    const note = run.jobs[job.number];
    const { logs, submit } = this.tool.profile;
    if (logs === undefined) throw new AdapterError('UNIMPLEMENTED', 'This profile reads no logs.');
    if (note?.is !== 'sent' || (note.id === undefined && submit.exists === undefined)) return Buffer.alloc(0);
    const answer = await this.tool.ask(logs.request, this.tool.scope(run, job, note), signal, { accept: [404] });
    if (answer.status === 404) return Buffer.alloc(0);
    if (logs.lines === undefined) return Buffer.from(answer.text(), 'utf8');
    const lines = all(documentOf(answer).body, logs.lines).filter((line) => typeof line === 'string');
    return Buffer.from(lines.map((line) => `${line}\n`).join(''), 'utf8');
  }
}

/** The greatest offset up to `end` that does not split a character. */
function wholeCharacters(bytes: Buffer, end: number): number {
  let cut = end;
  while (cut > 0 && cut < bytes.length && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut -= 1;
  return cut;
}
