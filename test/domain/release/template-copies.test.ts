import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SKIPPABLE_RELEASE_STATES } from '../../../src/domain/release/release.state.js';
import { ROLES } from '../../../src/domain/roles.js';
import { TASK_KINDS } from '../../../src/domain/release/task.machine.js';
import { PHASE_STATES, type TemplatePlan } from '../../../src/domain/release/template.js';
import { validatePlan } from '../../../src/domain/release/template-check.js';
import { patch, phase, plan, task } from './plans.js';
import {
  instantiate,
  type LivePlan,
  type LiveTask,
  saveAsTemplate,
  withSkippedPhases,
} from '../../../src/domain/release/template-copies.js';

const start = new Date('2026-11-22T08:00:00Z');
const minutes = (date: Date): number => (date.getTime() - start.getTime()) / 60_000;

describe('instantiate and saveAsTemplate', () => {
  test('gives dates, leaves out skipped phases, and closes the gap in the order', () => {
    const phases = instantiate(patch, start, ['TESTING']);
    expect(phases.map(({ key }) => key)).toEqual(['plan', 'ship']);
    expect(phases[1]?.tasks[0]).toMatchObject({
      key: 'watch',
      after: ['scope'],
      plannedStart: start,
      plannedEnd: start,
    });
  });

  test('is a deep copy', () => {
    const source = structuredClone(patch);
    const [first] = instantiate(source, start);
    expect(first?.tasks[0]?.after).not.toBe(source.phases[0]?.tasks[0]?.after);
    expect(source).toEqual(patch);
  });

  const live = (id: string, over: Partial<LiveTask> = {}): LiveTask => ({
    id,
    name: `Task ${id}`,
    description: '',
    kind: 'MANUAL',
    role: null,
    assigneeRoles: [],
    mandatory: false,
    predecessorIds: [],
    plannedStart: null,
    plannedEnd: null,
    ...over,
  });
  const livePlan = (...tasks: LiveTask[]): LivePlan => ({
    start: null,
    phases: [{ name: 'Go live', releaseState: 'DISTRIBUTING', tasks }],
    skipRules: patch.skipRules,
    requires: patch.requires,
  });

  test('people become roles, dates become offsets, ids become keys', () => {
    const saved = saveAsTemplate(
      livePlan(
        live('1', {
          name: 'Überspielen & prüfen',
          role: 'DEPLOYMENT_OPERATOR',
          assigneeRoles: ['RELEASE_MANAGER'],
          plannedStart: start,
          plannedEnd: new Date(start.getTime() + 1_800_000),
        }),
        live('2', {
          name: 'Überspielen & prüfen',
          assigneeRoles: ['AUDITOR', 'TEST_MANAGER'],
          predecessorIds: ['1'],
          plannedStart: start,
        }),
        live('3', { name: '***', assigneeRoles: ['ADMINISTRATOR'], predecessorIds: ['2'] }),
        live('4', { plannedStart: new Date(start.getTime() + 7_200_000), plannedEnd: start }),
      ),
    );
    expect(saved.phases[0]).toMatchObject({ key: 'go-live', name: 'Go live' });
    expect(
      saved.phases[0]?.tasks.map(({ key, role, after, startOffsetMinutes, durationMinutes }) => [
        key,
        role,
        after,
        startOffsetMinutes,
        durationMinutes,
      ]),
    ).toEqual([
      ['u-berspielen-pru-fen', 'DEPLOYMENT_OPERATOR', [], 0, 30],
      ['u-berspielen-pru-fen-2', 'TEST_MANAGER', ['u-berspielen-pru-fen'], 30, 0],
      ['step', 'TASK_ASSIGNEE', ['u-berspielen-pru-fen-2'], 30, 0],
      ['task-4', null, [], 120, 0],
    ]);
    expect(JSON.stringify(saved)).not.toContain('2026');
    expect(saved.skipRules).toEqual(patch.skipRules);
    expect(validatePlan(saved)).toEqual([]);
  });

  test('refuses a plan whose tasks wait for one another', () => {
    expect(() =>
      saveAsTemplate(livePlan(live('1', { predecessorIds: ['2'] }), live('2', { predecessorIds: ['1'] }))),
    ).toThrow(RangeError);
  });

  /** Random sound plans: keys by index, predecessors only among earlier tasks, no start before the predecessors end. */
  const randomPlan = fc
    .array(
      fc.record({
        state: fc.constantFrom(...PHASE_STATES),
        tasks: fc.array(
          fc.record({
            kind: fc.constantFrom(...TASK_KINDS),
            role: fc.option(fc.constantFrom(...ROLES)),
            mandatory: fc.boolean(),
            gap: fc.nat({ max: 500 }),
            minutes: fc.nat({ max: 500 }),
            after: fc.array(fc.nat({ max: 30 }), { maxLength: 3 }),
          }),
          { maxLength: 4 },
        ),
      }),
      { minLength: 1, maxLength: 6 },
    )
    .map((drawn): TemplatePlan => {
      const ordered = [...drawn].sort((a, b) => PHASE_STATES.indexOf(a.state) - PHASE_STATES.indexOf(b.state));
      const known: { key: string; state: string; end: number }[] = [];
      return plan(
        ...ordered.map(({ state, tasks }, p) =>
          phase(
            `phase-${p}`,
            state,
            ...tasks.map(({ kind, role, mandatory, gap, minutes: duration, after }) => {
              const candidates = known.filter((one) => one.state !== 'BACKING_OUT' || state === 'BACKING_OUT');
              const before =
                candidates.length === 0
                  ? []
                  : [...new Set(after.map((index) => candidates[index % candidates.length]!))];
              const startOffsetMinutes = Math.max(0, ...before.map(({ end }) => end)) + gap;
              const key = `task-${known.length}`;
              known.push({ key, state, end: startOffsetMinutes + duration });
              return task(key, {
                kind,
                role,
                mandatory,
                after: before.map((one) => one.key),
                startOffsetMinutes,
                durationMinutes: duration,
              });
            }),
          ),
        ),
      );
    });

  test('a plan instantiated and saved again is the plan', () => {
    fc.assert(
      fc.property(randomPlan, (original) => {
        expect(validatePlan(original)).toEqual([]);
        const phases = instantiate(original, start).map((one) => ({
          ...one,
          tasks: one.tasks.map(({ after, ...rest }) => ({
            ...rest,
            id: `id-${rest.key}`,
            assigneeRoles: [],
            predecessorIds: after.map((key) => `id-${key}`),
          })),
        }));
        expect(saveAsTemplate({ start, phases, skipRules: original.skipRules, requires: original.requires })).toEqual(
          original,
        );
      }),
    );
  });

  test('whatever is skipped, the rest keeps its order, its dates and no loose ends', () => {
    fc.assert(
      fc.property(randomPlan, fc.subarray([...SKIPPABLE_RELEASE_STATES]), (original, skipped) => {
        const phases = instantiate(original, start, skipped);
        const tasks = phases.flatMap((one) => one.tasks);
        const keys = new Set(tasks.map(({ key }) => key));
        expect(phases.some(({ releaseState }) => (skipped as readonly string[]).includes(releaseState))).toBe(false);
        for (const { key, after, plannedStart } of tasks) {
          for (const before of after) {
            expect(keys.has(before)).toBe(true);
            expect(tasks.find((one) => one.key === before)!.plannedEnd.getTime()).toBeLessThanOrEqual(
              plannedStart.getTime(),
            );
          }
          expect(minutes(plannedStart)).toBe(
            original.phases.flatMap((one) => one.tasks).find((one) => one.key === key)?.startOffsetMinutes,
          );
        }
      }),
    );
  });

  test('a template made from a release has the phases that the release skipped', () => {
    fc.assert(
      fc.property(randomPlan, fc.subarray([...SKIPPABLE_RELEASE_STATES]), (original, skipped) => {
        fc.pre(original.phases.some(({ releaseState }) => !(skipped as string[]).includes(releaseState)));
        const kept = instantiate(original, start, skipped);
        const live: LivePlan = {
          start,
          skipRules: original.skipRules,
          requires: original.requires,
          phases: kept.map((one) => ({
            ...one,
            tasks: one.tasks.map((item) => ({
              ...item,
              id: item.key,
              assigneeRoles: [],
              predecessorIds: item.after,
            })),
          })),
        };
        const saved = withSkippedPhases(saveAsTemplate(live), original, skipped);
        expect(validatePlan(saved)).toEqual([]);
        const shape = ({ phases }: TemplatePlan) =>
          phases.map(({ key, tasks }) => [key, tasks.map((item) => [item.key, item.startOffsetMinutes])]);
        expect(shape(saved)).toEqual(shape(original));
        const order = (one: TemplatePlan) =>
          one.phases.flatMap(({ tasks }) => tasks.map((item) => [item.key, item.after] as const));
        const links = new Map(order(saved));
        for (const [key, after] of order(original)) expect(links.get(key)).toEqual(expect.arrayContaining([...after]));
      }),
    );
  });
});
