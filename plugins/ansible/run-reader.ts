/** Reads runs: their events from where it stopped the last time, and their output. */
import type { AdapterContext, LogChunk, Observation, RunReport, TargetReport } from '../../src/adapters/adapter.js';
import { eventsIn, RunHistory } from './events.js';
import type { RunRecord } from './order.js';
import type { RunEnd, RunFolder } from './run-folder.js';
import { errorIn } from './staging.js';

/** How many runs are remembered; what is forgotten is read again from its beginning. */
const REMEMBERED = 64;
const POLL_MS = 1_000;
/** How much of the output is looked at for an error. */
const TAIL = 16_384;

/** The events of one run. They are only added to, so what was read once is never read again. */
class RunReader {
  position = 0;
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly run: RunFolder,
    readonly history: RunHistory,
  ) {}

  static of(run: RunFolder, { hosts, proof, createdAt }: RunRecord): RunReader {
    return new RunReader(run, new RunHistory(new Map(Object.entries(hosts)), proof, createdAt));
  }

  /** Reads on to the present end. Several callers take turns. */
  async read(): Promise<void> {
    const turn = this.turn.then(async () => {
      const { text, position } = await this.run.lines('events.jsonl', this.position);
      for (const { event, bytes } of eventsIn(text)) this.history.add(event, this.position + bytes);
      this.position = position;
    });
    this.turn = turn.catch(() => undefined);
    await turn;
  }
}

const positionIn = (cursor: string | null): number => {
  const position = Number(/^\d{1,15}/.exec(cursor ?? '')?.[0] ?? -1);
  return Number.isSafeInteger(position) ? position : -1;
};

const percentOf = (reports: readonly TargetReport[], all: number): number =>
  Math.floor((100 * reports.filter(({ state }) => state === 'succeeded').length) / all);

/** Reads the runs of an instance. */
export class RunReaders {
  readonly #known = new Map<string, RunReader>();

  constructor(private readonly spawn: AdapterContext['spawn']) {}

  /** See `Adapter.observe`. The cursor is the position in the file of events. */
  async observe(key: string, run: RunFolder, cursor: string | null): Promise<Observation> {
    // Before the events, so that those of a run that ends meanwhile are not missed.
    const phase = await run.phase(this.spawn);
    const reader = await this.#reader(key, run);
    await reader.read();
    const { history, position } = reader;
    const isLost = phase.name === 'lost' || (phase.name === 'ended' && phase.end.why === 'failed');
    const complete = isLost || phase.name === 'ended';
    if (!complete) {
      const isCancelling = (await run.piece('cancel.json', 0, 1)).size > 0;
      return {
        run: { phase: phase.name === 'waiting' ? 'queued' : isCancelling ? 'cancelling' : 'running' },
        targets: history.reports(positionIn(cursor)),
        cursor: String(position),
        nextPollMs: POLL_MS,
        complete,
      };
    }
    this.#known.delete(key);
    if (isLost) await run.forget();
    const targets = history.reports(-1, isLost);
    const report = await this.#runReport(run, history, targets, isLost ? undefined : (phase as { end: RunEnd }).end);
    return { run: report, targets, cursor: `${position} end`, complete };
  }

  /** See `Adapter.logs`. Ansible prints the output of all hosts into one text, so a target has no log of its own. */
  async log(
    run: RunFolder,
    { cursor, maxBytes, ciId }: { readonly ciId?: string; readonly cursor?: string; readonly maxBytes: number },
  ): Promise<LogChunk> {
    const { name } = await run.phase(this.spawn);
    const isOver = name === 'ended' || name === 'lost';
    const from = Math.max(0, positionIn(cursor ?? null));
    if (ciId !== undefined) return await this.#logOf(run, ciId, { from, maxBytes, isOver });
    const { bytes, size } = await run.piece('output.log', from, maxBytes);
    const whole = upToCharacter(bytes, from + bytes.length >= size && isOver);
    const next = from + whole.length;
    return { chunk: whole.toString('utf8'), cursor: String(next), eof: isOver && next >= size };
  }

  /** The lines of the output that name a host. */
  async #logOf(
    run: RunFolder,
    ciId: string,
    { from, maxBytes, isOver }: { readonly from: number; readonly maxBytes: number; readonly isOver: boolean },
  ): Promise<LogChunk> {
    const record = (await run.record()) as RunRecord;
    const alias = Object.keys(record.hosts).find((name) => record.hosts[name] === ciId);
    const { text } = await run.lines('output.log', 0);
    const lines = text.split('\n').filter((line) => alias !== undefined && namesHost(line, alias));
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    const part = upToCharacter(bytes.subarray(from, from + maxBytes), from + maxBytes >= bytes.length);
    const next = from + part.length;
    return { chunk: part.toString('utf8'), cursor: String(next), eof: isOver && next >= bytes.length };
  }

  async #reader(key: string, run: RunFolder): Promise<RunReader> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const reader = RunReader.of(run, (await run.record()) as RunRecord);
    const other = this.#known.get(key);
    if (other !== undefined) return other;
    if (this.#known.size >= REMEMBERED) this.#known.delete(this.#known.keys().next().value as string);
    this.#known.set(key, reader);
    return reader;
  }

  async #runReport(
    run: RunFolder,
    history: RunHistory,
    targets: readonly TargetReport[],
    end: RunEnd | undefined,
  ): Promise<RunReport> {
    const percent = percentOf(targets, targets.length);
    if (end === undefined) {
      const message = 'The process that watched Ansible has died, so nobody knows what it did in the end.';
      return { phase: 'finished', outcome: 'unknown', nativeStatus: 'lost', percent, message };
    }
    const isSuccess = targets.every(({ state }) => state === 'succeeded');
    const isError = !history.played && end.why === null;
    const outcome = isSuccess ? 'success' : end.why === 'cancelled' ? 'cancel' : isError ? 'error' : 'failure';
    const nativeStatus = end.why ?? `exit ${end.rc.join(', ')}`;
    const { size } = await run.piece('output.log', 0, 0);
    const tail = isSuccess ? Buffer.alloc(0) : (await run.piece('output.log', Math.max(0, size - TAIL), TAIL)).bytes;
    const text = tail.toString('utf8');
    const message = isError || text.includes('ERROR!') ? errorIn(text) : undefined;
    return { phase: 'finished', outcome, nativeStatus, percent, ...(message !== undefined && { message }) };
  }
}

const namesHost = (line: string, alias: string): boolean =>
  line.includes(`[${alias}]`) || line.includes(`[${alias} ->`) || line.startsWith(`${alias} `);

/** Bytes without a character that is cut off at the end, unless nothing follows that could complete it. */
function upToCharacter(bytes: Buffer, isLast: boolean): Buffer {
  if (isLast || bytes.length === 0) return bytes;
  let end = bytes.length;
  while (end > 0 && end > bytes.length - 4 && ((bytes[end - 1] as number) & 0xc0) === 0x80) end -= 1;
  const lead = bytes[end - 1] as number;
  const needs = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return end > 0 && bytes.length - (end - 1) < needs ? bytes.subarray(0, end - 1) : bytes;
}
