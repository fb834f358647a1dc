/**
 * How long a rollout would take, by what the same tool did before. Pure arithmetic on figures of past runs: nothing is
 * simulated on a machine, and a tool is never asked.
 */

/** How close the past deliveries are that a prediction rests on, closest first. */
export const PREDICTION_BASES = ['SAME_MEDIA', 'SAME_CLASS', 'SAME_TOOL', 'NONE'] as const;

/** One of {@link PREDICTION_BASES}. */
export type PredictionBasis = (typeof PREDICTION_BASES)[number];

/** What each basis means. */
export const PREDICTION_BASIS_DESCRIPTIONS: Readonly<Record<PredictionBasis, string>> = {
  SAME_MEDIA: 'Deliveries of the same DML items to configuration items of the same class, by the same tool.',
  SAME_CLASS: 'Deliveries of anything to configuration items of the same class, by the same tool.',
  SAME_TOOL: 'All deliveries by the same tool.',
  NONE: 'There is no past delivery to judge by, so nothing is predicted.',
};

/** What a rollout could run past. */
export const OVERRUN_KINDS = [
  'SCHEDULED_END',
  'RELEASE_SLOT',
  'RUN_DEADLINE',
  'WAVE_OPENING',
  'BLACKOUT',
  'CHANGE_WINDOW',
] as const;

/** One of {@link OVERRUN_KINDS}. */
export type OverrunKind = (typeof OVERRUN_KINDS)[number];

/** What each kind means. */
export const OVERRUN_KIND_DESCRIPTIONS: Readonly<Record<OverrunKind, string>> = {
  SCHEDULED_END: 'The distribution would end after its `scheduledEnd`.',
  RELEASE_SLOT: 'The distribution would end after the slot of its release.',
  RUN_DEADLINE: 'A run would be given up at its deadline before it ends.',
  WAVE_OPENING: 'A wave would begin after its `closesAt`, so it would not begin.',
  BLACKOUT: 'The distribution would run into a blackout.',
  CHANGE_WINDOW: 'The distribution would run outside the change or maintenance window of a target.',
};

/** Minimum number of past deliveries for a basis; with fewer, the next wider one is used. */
export const MIN_SAMPLES = 5;

/** Two estimates of a length of time in milliseconds. */
export interface Estimate {
  /** The median of what was seen. */
  readonly likely: number;
  /** What nine of ten deliveries stayed below. */
  readonly cautious: number;
}

/** Past deliveries of one kind. */
export interface Samples extends Estimate {
  /** Class of the targets; null for any. */
  readonly ciClass: string | null;
  /** Whether only deliveries of the same media count. */
  readonly sameMedia: boolean;
  readonly deliveries: number;
  readonly runs: number;
}

/** What the past says about a tool. */
export interface PastRuns {
  /** How many runs were looked at. */
  readonly runs: number;
  /** Number of targets that the tool worked on at a time: the maximum of all runs, and that of a typical one. */
  readonly parallel: { readonly most: number; readonly typical: number };
  /** What a run takes beside the work on its targets. */
  readonly overhead: Estimate;
  readonly samples: readonly Samples[];
}

/** A wave that is still to come, or all that is left of a rollout without waves. */
export interface WaveAhead {
  /** Null without waves. */
  readonly id: string | null;
  readonly name: string;
  /** Id of the tool that delivers to it. */
  readonly toolId: string;
  /** Number of targets by class. */
  readonly targets: Readonly<Record<string, number>>;
  readonly deadlineMinutes: number;
  readonly soakMinutes: number;
  /** Whether somebody has to let the rollout go on after it. That time is not predicted. */
  readonly waits: boolean;
  readonly opensAt: Date | null;
  readonly closesAt: Date | null;
}

/** The question. */
export interface RolloutAhead {
  readonly start: Date;
  readonly maxParallel: number | null;
  readonly waves: readonly WaveAhead[];
  /** What the past says about each of its tools, by id. */
  readonly past: ReadonlyMap<string, PastRuns>;
  readonly scheduledEnd: Date | null;
  readonly releaseEnd: Date | null;
}

/** What the prediction for the targets of one class and tool rests on. */
export interface ClassPrediction {
  readonly toolId: string;
  readonly ciClass: string;
  readonly targets: number;
  readonly basis: PredictionBasis;
  readonly deliveries: number;
  readonly runs: number;
  /** Null without a basis. */
  readonly perTarget: Estimate | null;
}

/** When a wave would run. */
export interface WavePrediction {
  readonly waveId: string | null;
  readonly name: string;
  readonly targets: number;
  readonly likely: { readonly start: Date; readonly end: Date };
  readonly cautious: { readonly start: Date; readonly end: Date };
}

/** A limit that the rollout would run past. */
export interface Overrun {
  readonly kind: OverrunKind;
  /** What is run past, in words. */
  readonly name: string;
  readonly waveId: string | null;
  readonly limit: Date;
  /** By how many milliseconds; 0 if only the cautious estimate runs past it. */
  readonly likelyMs: number;
  readonly cautiousMs: number;
}

/** The answer. */
export interface Simulation {
  readonly start: Date;
  /** False where a class of targets has no past delivery; then there are neither times nor overruns. */
  readonly predictable: boolean;
  readonly classes: readonly ClassPrediction[];
  readonly waves: readonly WavePrediction[];
  readonly overruns: readonly Overrun[];
}

const MINUTE_MS = 60_000;

/** The closest past deliveries to targets of a class that are enough to judge by. */
function basisOf(past: PastRuns, toolId: string, ciClass: string, targets: number): ClassPrediction {
  const kinds: readonly (readonly [PredictionBasis, (samples: Samples) => boolean])[] = [
    ['SAME_MEDIA', (s) => s.sameMedia && s.ciClass === ciClass],
    ['SAME_CLASS', (s) => !s.sameMedia && s.ciClass === ciClass],
    ['SAME_TOOL', (s) => !s.sameMedia && s.ciClass === null],
  ];
  for (const [basis, fits] of kinds) {
    const found = past.samples.find((samples) => fits(samples) && samples.deliveries >= MIN_SAMPLES);
    if (found === undefined) continue;
    const { deliveries, runs, likely, cautious } = found;
    return { toolId, ciClass, targets, basis, deliveries, runs, perTarget: { likely, cautious } };
  }
  return { toolId, ciClass, targets, basis: 'NONE', deliveries: 0, runs: 0, perTarget: null };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

const NOTHING_SEEN: PastRuns = {
  runs: 0,
  parallel: { most: 1, typical: 1 },
  overhead: { likely: 0, cautious: 0 },
  samples: [],
};

const pastOf = (ahead: RolloutAhead, toolId: string): PastRuns => ahead.past.get(toolId) ?? NOTHING_SEEN;

const keyOf = (toolId: string, ciClass: string) => `${toolId} ${ciClass}`;

/** The length of one run: its work shared among the lanes, and never less than its longest target. */
function runMs(ahead: RolloutAhead, wave: WaveAhead, of: ReadonlyMap<string, ClassPrediction>, by: keyof Estimate) {
  const entries = Object.entries(wave.targets).filter(([, count]) => count > 0);
  const each = (ciClass: string) => of.get(keyOf(wave.toolId, ciClass))?.perTarget?.[by] ?? 0;
  const total = sum(entries.map(([, count]) => count));
  const { parallel, overhead } = pastOf(ahead, wave.toolId);
  const { most, typical } = parallel;
  const lanes = Math.max(1, Math.min(total, ahead.maxParallel ?? (by === 'likely' ? most : typical)));
  const work = sum(entries.map(([ciClass, count]) => count * each(ciClass)));
  return overhead[by] + Math.max(work / lanes, ...entries.map(([ciClass]) => each(ciClass)));
}

/** When the waves would run by one of the estimates. */
function timeline(ahead: RolloutAhead, of: ReadonlyMap<string, ClassPrediction>, by: keyof Estimate) {
  let free = ahead.start.getTime();
  return ahead.waves.map((wave) => {
    const start = Math.max(free, wave.opensAt?.getTime() ?? 0);
    const end = Math.round(start + runMs(ahead, wave, of, by));
    free = end + wave.soakMinutes * MINUTE_MS;
    return { start: new Date(start), end: new Date(end) };
  });
}

interface Limit {
  readonly kind: OverrunKind;
  readonly name: string;
  readonly waveId: string | null;
  /** The limit, and what must not be later, by each estimate. */
  readonly likely: readonly [limit: Date, at: Date];
  readonly cautious: readonly [limit: Date, at: Date];
}

function limitsOf(ahead: RolloutAhead, waves: readonly WavePrediction[]): Limit[] {
  const last = waves.at(-1);
  if (last === undefined) return [];
  const end = (kind: OverrunKind, name: string, limit: Date | null): Limit[] =>
    limit === null
      ? []
      : [{ kind, name, waveId: null, likely: [limit, last.likely.end], cautious: [limit, last.cautious.end] }];
  const ofWave = ({ waveId, name, likely, cautious }: WavePrediction, n: number): Limit[] => {
    const { closesAt, deadlineMinutes } = ahead.waves[n] as WaveAhead;
    const deadline = (start: Date) => new Date(start.getTime() + deadlineMinutes * MINUTE_MS);
    return [
      {
        kind: 'RUN_DEADLINE',
        name: `Deadline of ${name}`,
        waveId,
        likely: [deadline(likely.start), likely.end],
        cautious: [deadline(cautious.start), cautious.end],
      },
      ...(closesAt === null
        ? []
        : [
            {
              kind: 'WAVE_OPENING' as const,
              name: `Last start of ${name}`,
              waveId,
              likely: [closesAt, likely.start] as const,
              cautious: [closesAt, cautious.start] as const,
            },
          ]),
    ];
  };
  return [
    ...end('SCHEDULED_END', 'Scheduled end of the distribution', ahead.scheduledEnd),
    ...end('RELEASE_SLOT', 'Slot of the release', ahead.releaseEnd),
    ...waves.flatMap(ofWave),
  ];
}

const late = ([limit, at]: readonly [Date, Date]) => Math.max(0, at.getTime() - limit.getTime());

/**
 * Predicts when each wave would begin and end. The time that people take to decide, to verify or to let a rollout go on
 * is not part of it, and neither are failures.
 */
export function simulate(ahead: RolloutAhead): Simulation {
  const counts = new Map<string, { readonly toolId: string; readonly ciClass: string; readonly count: number }>();
  for (const { targets, toolId } of ahead.waves)
    for (const [ciClass, more] of Object.entries(targets)) {
      const key = keyOf(toolId, ciClass);
      counts.set(key, { toolId, ciClass, count: (counts.get(key)?.count ?? 0) + more });
    }
  const classes = [...counts.values()]
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => (a.ciClass === b.ciClass ? (a.toolId < b.toolId ? -1 : 1) : a.ciClass < b.ciClass ? -1 : 1))
    .map(({ toolId, ciClass, count }) => basisOf(pastOf(ahead, toolId), toolId, ciClass, count));
  const predictable = classes.length > 0 && classes.every(({ perTarget }) => perTarget !== null);
  if (!predictable) return { start: ahead.start, predictable, classes, waves: [], overruns: [] };
  const of = new Map(classes.map((one) => [keyOf(one.toolId, one.ciClass), one]));
  const [likely, cautious] = [timeline(ahead, of, 'likely'), timeline(ahead, of, 'cautious')];
  const waves = ahead.waves.map((wave, n) => ({
    waveId: wave.id,
    name: wave.name,
    targets: sum(Object.values(wave.targets)),
    likely: likely[n] as WavePrediction['likely'],
    cautious: cautious[n] as WavePrediction['cautious'],
  }));
  const overruns = limitsOf(ahead, waves).flatMap(({ kind, name, waveId, ...by }): Overrun[] => {
    const [likelyMs, cautiousMs] = [late(by.likely), late(by.cautious)];
    return likelyMs > 0 || cautiousMs > 0
      ? [{ kind, name, waveId, limit: likelyMs > 0 ? by.likely[0] : by.cautious[0], likelyMs, cautiousMs }]
      : [];
  });
  return { start: ahead.start, predictable, classes, waves, overruns };
}
