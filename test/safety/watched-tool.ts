import { createHash } from 'node:crypto';
import {
  AdapterError,
  packageDigest,
  type Adapter,
  type AdapterContext,
  type AdapterModule,
  type DistributionRequest,
  type Observation,
  type PreflightReport,
  type RunHandle,
  type TargetReport,
} from '../../src/adapters/adapter.js';
import type { Chance } from './random.js';

/** How work on a target ends. */
export type TargetEnd = 'succeeded' | 'failed' | 'cancelled';

/**
 * What happens on one target: when, and how it ends. `silent` never says anything; `look` is up to what is there. A
 * `stubborn` one goes on for hours whatever it is told: most deadlines are over when its end is reported.
 */
interface Course {
  readonly stubborn: boolean;
  /** Whether a success comes with the digest that was read back. */
  readonly verified: boolean;
  /** Whether a retry of a failure can help. */
  readonly retryable: boolean;
  endsAt: number;
  end: TargetEnd | 'silent' | 'look';
  told?: true;
}

interface Run {
  readonly request: DistributionRequest;
  readonly courses: Map<string, Course>;
  pausedAt: number | undefined;
}

/** What the tool tells its owner, beside what it tells the server. */
export interface ToolEars {
  readonly now: () => number;
  readonly chance: () => Chance;
  /** The tool was asked what it would say to an order. */
  checked(request: DistributionRequest, verdict: 'ok' | 'block'): void;
  /** An order has arrived, with the digests of the bytes that were really read for it. */
  ordered(request: DistributionRequest, received: readonly string[]): Promise<void>;
  /** Work that was paused goes on. */
  resumed(request: DistributionRequest): Promise<void>;
  /** Targets of an order that nobody has reported the end of. Asked about work by hand. */
  open(request: DistributionRequest): readonly string[];
  /** Somebody hears of an end that comes after the deadline of the order. */
  late(): void;
  /** The server has been told the end of a target. */
  told(
    request: DistributionRequest,
    ciId: string,
    end: TargetEnd,
    course?: Pick<Course, 'verified' | 'retryable'>,
  ): void;
}

/** Shares of targets that fail, or never report. The rest succeed. */
const FAILING = 0.15;
const SILENT = 0.03;
const STUBBORN = 0.05;
/** Shares of successes of which nothing is read back, of failures that no retry helps, and of orders blocked. */
const UNREAD = 0.3;
const HOPELESS = 0.2;
const BLOCKED = 0.06;
/** Longest work on one target, in minutes. */
const LONGEST_MINUTES = 25;
/** Shortest work on a target that is stubborn. */
const STUBBORN_MINUTES = 70;

class WatchedTool implements Adapter {
  readonly #runs = new Map<string, Run>();

  constructor(
    readonly ears: ToolEars,
    readonly context: AdapterContext,
    /** People do the work and report it to the server themselves. */
    readonly byHand: boolean,
  ) {}

  async probe() {
    return { status: 'ready' } as const;
  }

  async preflight(request: DistributionRequest): Promise<PreflightReport> {
    const verdict = this.ears.chance().chance(BLOCKED) ? 'block' : 'ok';
    this.ears.checked(request, verdict);
    return { verdict, messages: verdict === 'ok' ? [] : ['The disk is nearly full.'], targets: [] };
  }

  async submit(request: DistributionRequest): Promise<RunHandle> {
    if (!this.#runs.has(request.key)) {
      const chance = this.ears.chance();
      const received = await Promise.all(
        request.package.artifacts.map(
          async ({ sha256 }) => await this.#read(sha256).catch(() => `unreadable ${sha256}`),
        ),
      );
      await this.ears.ordered(request, received);
      if (received.some((digest, index) => digest !== request.package.artifacts[index]?.sha256))
        throw new AdapterError('FAILED_PRECONDITION', 'The bytes are not those that were ordered.');
      const courses = (this.byHand ? [] : request.targets).map(({ ciId }) => {
        const roll = chance.next();
        const works = request.operation === 'verify' ? 'look' : roll < FAILING ? 'failed' : 'succeeded';
        const end = roll > 1 - SILENT ? 'silent' : works;
        const stubborn = end !== 'silent' && roll > 1 - SILENT - STUBBORN;
        const minutes = (stubborn ? STUBBORN_MINUTES : 1) + chance.below(LONGEST_MINUTES);
        const verified = request.operation !== 'install' || !chance.chance(UNREAD);
        const retryable = !chance.chance(HOPELESS);
        const endsAt = this.ears.now() + minutes * 60_000;
        return [ciId, { endsAt, end, stubborn, verified, retryable }] as const;
      });
      this.#runs.set(request.key, { request, courses: new Map<string, Course>(courses), pausedAt: undefined });
    }
    return this.#handle(request.key);
  }

  async find(key: string): Promise<RunHandle | null> {
    return this.#runs.has(key) ? this.#handle(key) : null;
  }

  async observe({ key }: RunHandle): Promise<Observation> {
    const { request, courses, pausedAt } = this.#run(key);
    const now = pausedAt ?? this.ears.now();
    if (this.byHand)
      return { run: { phase: 'running' }, targets: [], cursor: '0', nextPollMs: 60_000, complete: false };
    const digest = packageDigest(request.package.artifacts);
    const reports = [...courses].map(([ciId, course]): TargetReport => {
      const { end, endsAt } = course;
      const over = end !== 'silent' && endsAt <= now;
      const state = !over ? 'running' : end === 'look' ? this.#found(request, ciId, endsAt) : end;
      if (state !== 'running' && !course.told) {
        this.ears.told(request, ciId, state, course);
        if (endsAt > Date.parse(request.deadline)) this.ears.late();
        course.told = true;
      }
      return {
        ciId,
        state,
        nativeStatus: state,
        at: new Date(over ? endsAt : now).toISOString(),
        attempt: 1,
        ...(state === 'succeeded' && digest !== undefined && course.verified && { verifiedSha256: digest }),
        ...(state === 'failed' && {
          reason: { code: 'FAILED', message: 'It did not work.', retryable: course.retryable },
        }),
      };
    });
    const complete = reports.every(({ state }) => state !== 'running');
    return {
      run: complete ? { phase: 'finished' } : { phase: pausedAt === undefined ? 'running' : 'paused' },
      targets: reports.filter(({ ciId }) => courses.get(ciId)?.end !== 'silent'),
      cursor: String(now),
      nextPollMs: 60_000,
      complete,
    };
  }

  async cancel({ key }: RunHandle) {
    const now = this.ears.now();
    if (this.byHand) {
      const { request } = this.#run(key);
      for (const ciId of this.ears.open(request)) this.ears.told(request, ciId, 'cancelled');
      return { accepted: true };
    }
    const open = [...this.#run(key).courses.values()].filter(
      ({ endsAt, end, stubborn }) => !stubborn && (endsAt > now || end === 'silent'),
    );
    for (const course of open) Object.assign(course, { end: 'cancelled', endsAt: now });
    return { accepted: open.length > 0 };
  }

  async pause({ key }: RunHandle) {
    this.#run(key).pausedAt ??= this.ears.now();
  }

  async resume({ key }: RunHandle) {
    const run = this.#run(key);
    if (run.pausedAt === undefined) return;
    const waited = this.ears.now() - run.pausedAt;
    for (const course of run.courses.values()) if (course.endsAt > run.pausedAt) course.endsAt += waited;
    run.pausedAt = undefined;
    await this.ears.resumed(run.request);
  }

  async close() {}

  /** What somebody who looks at a target finds at an instant: everything that was ordered, or not. */
  #found({ package: { artifacts } }: DistributionRequest, ciId: string, at: number): 'succeeded' | 'failed' {
    const there = new Set<string>();
    const done = [...this.#runs.values()]
      .flatMap(({ request, courses }) => [{ request, course: courses.get(ciId) }])
      .filter(({ course }) => course?.end === 'succeeded' && course.endsAt <= at)
      .sort((a, b) => (a.course?.endsAt ?? 0) - (b.course?.endsAt ?? 0));
    for (const { request } of done)
      for (const { sha256 } of request.package.artifacts)
        if (request.operation === 'install') there.add(sha256);
        else there.delete(sha256);
    return artifacts.every(({ sha256 }) => there.has(sha256)) ? 'succeeded' : 'failed';
  }

  async #read(sha256: string): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of await this.context.artifacts.open(sha256)) hash.update(chunk as Uint8Array);
    return hash.digest('hex');
  }

  #run(key: string): Run {
    const run = this.#runs.get(key);
    if (!run) throw new AdapterError('NOT_FOUND', `There is no run ${key}.`);
    return run;
  }

  #handle(key: string): RunHandle {
    return { adapterId: this.byHand ? 'hands' : 'watched', apiVersion: 1, key, native: {} };
  }
}

/**
 * A deployment tool that works in memory by the clock of the tests and tells its owner everything that reaches it.
 * It is truthful: what it reports is what happened.
 * @param byHand makes a tool of people: it only takes orders, and people report each target to the server.
 */
export const watchedTool = (ears: ToolEars, byHand = false): AdapterModule => ({
  $$type: 'release-adapter',
  apiVersion: 1,
  id: byHand ? 'hands' : 'watched',
  version: '1.0.0',
  title: byHand ? 'Hands' : 'Watched',
  configSchema: { type: 'object' },
  targetSchema: { type: 'object' },
  packageSchema: { type: 'object' },
  capabilities: () => ({
    submit: 'idempotent',
    observe: byHand ? ['reported'] : ['poll'],
    targetStatus: byHand ? 'none' : 'live',
    cancel: 'confirmed',
    cancelTargets: false,
    pause: !byHand,
    retryTargets: true,
    preflight: 'static',
    operations: ['install', 'remove', 'verify', 'undo'],
    artifacts: ['by-value'],
    verifiesDigest: !byHand,
    logs: 'none',
    toolSchedules: false,
    limits: { minPollMs: 1_000, typicalLatencyMs: 1_000 },
  }),
  create: async (_config, context) => new WatchedTool(ears, context, byHand),
});
