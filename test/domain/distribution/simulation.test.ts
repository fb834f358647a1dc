import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  simulate,
  type PastRuns,
  type RolloutAhead,
  type Samples,
  type WaveAhead,
} from '../../../src/domain/distribution/simulation.js';

const START = new Date('2026-12-04T20:00:00Z');
const at = (minutes: number) => new Date(START.getTime() + minutes * 60_000);
const MINUTE = 60_000;

const samples = (more: Partial<Samples> = {}): Samples => ({
  ciClass: 'SERVER',
  sameMedia: false,
  deliveries: 20,
  runs: 3,
  likely: 2 * MINUTE,
  cautious: 5 * MINUTE,
  ...more,
});
const pastRuns = (more: Partial<PastRuns> = {}): PastRuns => ({
  runs: 3,
  parallel: { most: 10, typical: 5 },
  overhead: { likely: 0, cautious: 0 },
  samples: [samples()],
  ...more,
});
const past = (more: Partial<PastRuns> = {}) => new Map([['t1', pastRuns(more)]]);
const wave = (more: Partial<WaveAhead> = {}): WaveAhead => ({
  id: 'w1',
  name: 'Wave 1',
  toolId: 't1',
  targets: { SERVER: 20 },
  deadlineMinutes: 60,
  soakMinutes: 0,
  waits: false,
  opensAt: null,
  closesAt: null,
  ...more,
});
const ahead = (more: Partial<RolloutAhead> = {}): RolloutAhead => ({
  start: START,
  maxParallel: null,
  waves: [wave()],
  past: past(),
  scheduledEnd: null,
  releaseEnd: null,
  ...more,
});

describe('a wave with a tool of its own', () => {
  test('is predicted by what that tool did, class by class', () => {
    const slow = pastRuns({ samples: [samples({ likely: 10 * MINUTE })], parallel: { most: 20, typical: 20 } });
    const { waves, classes } = simulate(
      ahead({
        waves: [wave(), wave({ id: 'w2', name: 'Wave 2', toolId: 't2' })],
        past: new Map([...past(), ['t2', slow]]),
      }),
    );
    expect(waves.map(({ likely }) => likely)).toEqual([
      { start: START, end: at(4) },
      { start: at(4), end: at(14) },
    ]);
    expect(classes).toMatchObject([
      { toolId: 't1', ciClass: 'SERVER', targets: 20 },
      { toolId: 't2', ciClass: 'SERVER', targets: 20 },
    ]);
  });

  test('cannot be predicted while that tool has done nothing, whatever the others did', () => {
    expect(simulate(ahead({ waves: [wave(), wave({ id: 'w2', toolId: 't2' })] })).predictable).toBe(false);
  });
});

describe('the length of a wave', () => {
  test('is its work, shared among the targets that the tool works on at a time', () => {
    const [one] = simulate(ahead()).waves;
    expect(one).toMatchObject({ likely: { start: START, end: at(4) }, cautious: { end: at(20) }, targets: 20 });
  });

  test('is never shorter than its longest target, and has the overhead of a run', () => {
    const overhead = { likely: MINUTE, cautious: 3 * MINUTE };
    const [one] = simulate(ahead({ waves: [wave({ targets: { SERVER: 1 } })], past: past({ overhead }) })).waves;
    expect(one).toMatchObject({ likely: { end: at(3) }, cautious: { end: at(8) } });
  });

  test('is bound by maxParallel of the distribution, and not by the past then', () => {
    const [one] = simulate(ahead({ maxParallel: 2 })).waves;
    expect(one).toMatchObject({ likely: { end: at(20) }, cautious: { end: at(50) } });
  });

  test('joins the classes of its targets', () => {
    const two = [samples(), samples({ ciClass: 'ROUTER', likely: MINUTE, cautious: MINUTE })];
    const targets = { SERVER: 5, ROUTER: 10 };
    const [one] = simulate(ahead({ waves: [wave({ targets })], past: past({ samples: two }) })).waves;
    expect(one?.likely.end).toEqual(at(2));
    expect(one?.cautious.end).toEqual(at(7));
  });
});

describe('what a prediction rests on', () => {
  const media = samples({ sameMedia: true, likely: MINUTE });
  const any = samples({ ciClass: null, likely: 9 * MINUTE });

  test.each([
    ['the same media, if there are five deliveries', [samples(), media, any], 'SAME_MEDIA', 60_000],
    [
      'the same class, if there are too few of the media',
      [samples(), { ...media, deliveries: 4 }, any],
      'SAME_CLASS',
      120_000,
    ],
    ['the same tool, if the class was never seen', [samples({ ciClass: 'ROUTER' }), any], 'SAME_TOOL', 540_000],
  ] as const)('%s', (_name, given, basis, likely) => {
    const { classes, predictable } = simulate(ahead({ past: past({ samples: given }) }));
    expect(predictable).toBe(true);
    expect(classes).toEqual([expect.objectContaining({ basis, perTarget: { likely, cautious: 5 * MINUTE } })]);
  });

  test('is missing with four deliveries, and then no time is predicted', () => {
    const few = past({ samples: [samples({ deliveries: 4 })] });
    expect(simulate(ahead({ past: few, scheduledEnd: START }))).toMatchObject({
      predictable: false,
      classes: [{ ciClass: 'SERVER', targets: 20, basis: 'NONE', perTarget: null }],
      waves: [],
      overruns: [],
    });
  });

  test('is missing for a rollout with nothing left', () => {
    expect(simulate(ahead({ waves: [] }))).toMatchObject({ predictable: false, classes: [], waves: [] });
  });
});

describe('the waves', () => {
  test('follow each other after their soak time, and not before they open', () => {
    const waves = [
      wave({ soakMinutes: 30 }),
      wave({ id: 'w2', name: 'Wave 2', opensAt: at(40) }),
      wave({ id: 'w3', name: 'Wave 3' }),
    ];
    expect(simulate(ahead({ waves })).waves.map(({ likely, cautious }) => [likely, cautious])).toEqual([
      [
        { start: START, end: at(4) },
        { start: START, end: at(20) },
      ],
      [
        { start: at(40), end: at(44) },
        { start: at(50), end: at(70) },
      ],
      [
        { start: at(44), end: at(48) },
        { start: at(70), end: at(90) },
      ],
    ]);
  });
});

describe('overruns', () => {
  test('name the limit and by how much each estimate is past it', () => {
    const { overruns } = simulate(
      ahead({
        scheduledEnd: at(3),
        releaseEnd: at(10),
        waves: [wave({ deadlineMinutes: 15 }), wave({ id: 'w2', name: 'Wave 2', closesAt: at(5) })],
      }),
    );
    expect(overruns).toEqual([
      expect.objectContaining({ kind: 'SCHEDULED_END', limit: at(3), likelyMs: 5 * MINUTE, cautiousMs: 37 * MINUTE }),
      expect.objectContaining({ kind: 'RELEASE_SLOT', limit: at(10), likelyMs: 0, cautiousMs: 30 * MINUTE }),
      expect.objectContaining({
        kind: 'RUN_DEADLINE',
        waveId: 'w1',
        limit: at(15),
        likelyMs: 0,
        cautiousMs: 5 * MINUTE,
      }),
      expect.objectContaining({
        kind: 'WAVE_OPENING',
        waveId: 'w2',
        limit: at(5),
        likelyMs: 0,
        cautiousMs: 15 * MINUTE,
      }),
    ]);
  });

  test('are none where everything fits', () => {
    expect(simulate(ahead({ scheduledEnd: at(20), releaseEnd: at(20) })).overruns).toEqual([]);
  });
});

test('waves never overlap, cautious times are never before likely ones, and more targets never take less', () => {
  const count = fc.integer({ min: 1, max: 500 });
  const aWave = fc.record({
    targets: count.map((SERVER) => ({ SERVER })),
    soakMinutes: fc.integer({ min: 0, max: 90 }),
  });
  fc.assert(
    fc.property(
      fc.array(aWave, { minLength: 1, maxLength: 6 }),
      fc.option(fc.integer({ min: 1, max: 50 }), { nil: null }),
      (shapes, maxParallel) => {
        const waves = shapes.map((shape, n) => wave({ id: `w${n}`, ...shape }));
        const found = simulate(ahead({ waves, maxParallel })).waves;
        found.forEach((one, n) => {
          expect(one.cautious.end >= one.likely.end).toBe(true);
          const next = found[n + 1];
          if (next) expect(next.likely.start >= one.likely.end).toBe(true);
        });
        const larger = simulate(
          ahead({
            maxParallel,
            waves: waves.map((w) => ({ ...w, targets: { SERVER: (w.targets['SERVER'] ?? 0) + 7 } })),
          }),
        ).waves;
        expect((larger.at(-1)?.likely.end ?? START) >= (found.at(-1)?.likely.end ?? START)).toBe(true);
      },
    ),
  );
});
