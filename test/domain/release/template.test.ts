import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CI_CLASSES, CRITICALITIES, criticalityIsAtMost } from '../../../src/domain/cmdb/configuration-item.machine.js';
import { RELEASE_STATES, SKIPPABLE_RELEASE_STATES } from '../../../src/domain/release/release.state.js';
import {
  PACKAGING_DESCRIPTIONS,
  PACKAGINGS,
  PHASE_STATES,
  RELEASE_KIND_DESCRIPTIONS,
  RELEASE_KINDS,
  type TemplatePlan,
} from '../../../src/domain/release/template.js';
import { validatePlan } from '../../../src/domain/release/template-check.js';
import { patch, phase, plan, task } from './plans.js';
import { applicableSkips, skippedStatesOf, type SkipTarget } from '../../../src/domain/release/template-skips.js';

const desktop: SkipTarget = { ciId: 'desktop-1', ciClass: 'DESKTOP', criticality: 'LOW' };
const server: SkipTarget = { ciId: 'server-1', ciClass: 'SERVER', criticality: 'CRITICAL' };

describe('applicableSkips', () => {
  const kind = { kind: 'PATCH', packaging: 'FULL' } as const;

  test('a patch for desktops goes straight to distribution', () => {
    const rules = ['Skip rule 1'];
    expect(applicableSkips(patch, kind, [desktop])).toEqual({
      skipped: [
        { state: 'BUILDING', rules },
        { state: 'TESTING', rules },
        { state: 'ACCEPTED', rules },
      ],
      forcedBy: [],
    });
  });

  test('a critical server among them forces every step, and the answer says so', () => {
    const reason = 'Skip rule 1 does not apply: its class is SERVER, not DESKTOP or LAPTOP.';
    const forced = { ciId: 'server-1', rules: ['Skip rule 1'], reason };
    expect(applicableSkips(patch, kind, [desktop, server])).toEqual({
      skipped: [],
      forcedBy: [
        {
          ...forced,
          state: 'BUILDING',
          rules: ['Skip rule 1', 'Skip rule 2'],
          reason: `${reason} Skip rule 2 does not apply: its criticality is CRITICAL, more than MEDIUM.`,
        },
        { ...forced, state: 'TESTING' },
        { ...forced, state: 'ACCEPTED' },
      ],
    });
  });

  test('a rule is called by its name, and the item that forces a criticality by its own', () => {
    const skipRules = [{ name: 'Desktops', states: ['TESTING'] as const, when: { maxCriticality: 'LOW' as const } }];
    expect(applicableSkips({ skipRules }, kind, [desktop]).skipped).toEqual([
      { state: 'TESTING', rules: ['Desktops'] },
    ]);
    const felt = { ...desktop, criticality: 'CRITICAL' as const, forcedBy: { id: 'payroll', name: 'Payroll' } };
    expect(applicableSkips({ skipRules }, kind, [felt]).forcedBy).toEqual([
      {
        state: 'TESTING',
        ciId: 'desktop-1',
        rules: ['Desktops'],
        reason: 'Desktops does not apply: its criticality is CRITICAL because of Payroll, more than LOW.',
      },
    ]);
  });

  test('each target may be allowed by another rule', () => {
    const skips = applicableSkips(patch, kind, [desktop, { ...server, criticality: 'MEDIUM' }]);
    expect(skips.skipped).toEqual([{ state: 'BUILDING', rules: ['Skip rule 1', 'Skip rule 2'] }]);
    expect(skips.forcedBy.map(({ state }) => state)).toEqual(['TESTING', 'ACCEPTED']);
  });

  test('a rule for another kind of release neither skips nor forces', () => {
    expect(applicableSkips(patch, { ...kind, kind: 'MAJOR' }, [desktop, server])).toEqual({
      skipped: [],
      forcedBy: [],
    });
  });

  test('without targets only a rule that asks nothing of them counts', () => {
    expect(applicableSkips(patch, { kind: 'PATCH', packaging: 'DELTA' }, [])).toEqual({
      skipped: [{ state: 'COMMUNICATED', rules: ['Skip rule 3'] }],
      forcedBy: [],
    });
  });

  test('one more target never skips more, and every kept state that a rule covers is explained', () => {
    const target = fc.record({
      ciId: fc.string(),
      ciClass: fc.constantFrom(...CI_CLASSES),
      criticality: fc.constantFrom(...CRITICALITIES),
    });
    const rule = fc.record({
      states: fc.subarray([...SKIPPABLE_RELEASE_STATES], { minLength: 1 }),
      when: fc.record(
        {
          ciClasses: fc.subarray([...CI_CLASSES], { minLength: 1 }),
          maxCriticality: fc.constantFrom(...CRITICALITIES),
        },
        { requiredKeys: [] },
      ),
    });
    fc.assert(
      fc.property(
        fc.array(rule, { maxLength: 4 }),
        fc.array(target, { minLength: 1, maxLength: 4 }),
        target,
        (skipRules, targets, more) => {
          const before = applicableSkips({ skipRules }, kind, targets);
          const after = applicableSkips({ skipRules }, kind, [...targets, more]);
          expect(skippedStatesOf(before)).toEqual(expect.arrayContaining(skippedStatesOf(after)));
          for (const state of SKIPPABLE_RELEASE_STATES) {
            const covered = skipRules.some(({ states }) => states.includes(state));
            expect(covered).toBe(
              skippedStatesOf(before).includes(state) || before.forcedBy.some((forced) => forced.state === state),
            );
          }
        },
      ),
    );
    expect(criticalityIsAtMost('CRITICAL', 'HIGH')).toBe(false);
  });
});

describe('validatePlan', () => {
  test('accepts a sound plan', () => {
    expect(validatePlan(patch)).toEqual([]);
  });

  test.each<[string, TemplatePlan, string]>([
    ['no phases', plan(), 'phases'],
    ['a phase of a state without tasks', plan(phase('p', 'CLOSED')), 'phases.0.releaseState'],
    ['phases in the wrong order', plan(phase('p', 'TESTING'), phase('q', 'PLANNING')), 'phases.1.releaseState'],
    ['two phases with one key', plan(phase('p', 'PLANNING'), phase('p', 'PLANNING')), 'phases.1.key'],
    ['a key with a space', plan(phase('p q', 'PLANNING')), 'phases.0.key'],
    ['a phase without a name', plan({ ...phase('p', 'PLANNING'), name: ' ' }), 'phases.0.name'],
    ['a task without a name', plan(phase('p', 'PLANNING', task('a', { name: '' }))), 'phases.0.tasks.0.name'],
    ['a name without end', plan(phase('p', 'PLANNING', task('a', { name: 'x'.repeat(201) }))), 'phases.0.tasks.0.name'],
    ['an empty task key', plan(phase('p', 'PLANNING', task(''))), 'phases.0.tasks.0.key'],
    [
      'two tasks with one key',
      plan(phase('p', 'PLANNING', task('a')), phase('q', 'TESTING', task('a'))),
      'phases.1.tasks.0.key',
    ],
    [
      'a negative offset',
      plan(phase('p', 'PLANNING', task('a', { startOffsetMinutes: -1 }))),
      'phases.0.tasks.0.startOffsetMinutes',
    ],
    [
      'half a minute',
      plan(phase('p', 'PLANNING', task('a', { durationMinutes: 0.5 }))),
      'phases.0.tasks.0.durationMinutes',
    ],
    ['an unknown predecessor', plan(phase('p', 'PLANNING', task('a', { after: ['b'] }))), 'phases.0.tasks.0.after.0'],
    ['itself as predecessor', plan(phase('p', 'PLANNING', task('a', { after: ['a'] }))), 'phases.0.tasks.0.after.0'],
    [
      'a predecessor named twice',
      plan(phase('p', 'PLANNING', task('a'), task('b', { after: ['a', 'a'] }))),
      'phases.0.tasks.1.after.1',
    ],
    [
      'a predecessor in a later state',
      plan(phase('p', 'PLANNING', task('a', { after: ['b'] })), phase('q', 'TESTING', task('b'))),
      'phases.0.tasks.0.after.0',
    ],
    [
      'waiting for a back-out',
      plan(phase('p', 'BACKING_OUT', task('a')), phase('q', 'IN_REVIEW', task('b', { after: ['a'] }))),
      'phases.1.tasks.0.after.0',
    ],
    [
      'a start before the end of a predecessor',
      plan(
        phase('p', 'PLANNING', task('a', { durationMinutes: 5 }), task('b', { after: ['a'], startOffsetMinutes: 4 })),
      ),
      'phases.0.tasks.1.startOffsetMinutes',
    ],
    ['a cycle', plan(phase('p', 'PLANNING', task('a', { after: ['b'] }), task('b', { after: ['a'] }))), 'phases'],
    ['a rule that skips nothing', { ...patch, skipRules: [{ states: [], when: {} }] }, 'skipRules.0.states'],
    [
      'a rule that skips DISTRIBUTING',
      { ...patch, skipRules: [{ states: ['DISTRIBUTING' as never], when: {} }] },
      'skipRules.0.states.0',
    ],
    [
      'a rule without a name in its name',
      { ...patch, skipRules: [{ name: ' ', states: ['TESTING'], when: {} }] },
      'skipRules.0.name',
    ],
    [
      'two rules with one name',
      { ...patch, skipRules: ['a', 'a'].map((name) => ({ name, states: ['TESTING'], when: {} })) },
      'skipRules.1.name',
    ],
    [
      'a state skipped twice',
      { ...patch, skipRules: [{ states: ['TESTING', 'TESTING'], when: {} }] },
      'skipRules.0.states.1',
    ],
    [
      'a condition that never holds',
      { ...patch, skipRules: [{ states: ['TESTING'], when: { ciClasses: [] } }] },
      'skipRules.0.when.ciClasses',
    ],
    [
      'a rule that adds nothing',
      { ...patch, addRules: [{ when: {}, releaseState: 'TESTING', tasks: [] }] },
      'addRules.0.tasks',
    ],
    [
      'a rule that adds to a state without phases',
      { ...patch, addRules: [{ when: {}, releaseState: 'DEPLOYED', tasks: [task('x')] }] },
      'addRules.0.releaseState',
    ],
    [
      'a rule that adds a task of the plan again',
      { ...patch, addRules: [{ when: {}, releaseState: 'TESTING', tasks: [task('try')] }] },
      'addRules.0.tasks.0.key',
    ],
    [
      'a rule whose task waits for a later state',
      { ...patch, addRules: [{ when: {}, releaseState: 'PLANNING', tasks: [task('x', { after: ['try'] })] }] },
      'addRules.0.tasks.0.after.0',
    ],
    [
      'a rule whose task waits for the task of another rule',
      {
        ...patch,
        addRules: [
          { when: {}, releaseState: 'TESTING', tasks: [task('x')] },
          { when: {}, releaseState: 'TESTING', tasks: [task('y', { after: ['x'] })] },
        ],
      },
      'addRules.1.tasks.0.after.0',
    ],
    [
      'a phase that waits for the task of a rule',
      {
        ...plan(phase('p', 'TESTING', task('a', { after: ['x'] }))),
        addRules: [{ when: {}, releaseState: 'TESTING', tasks: [task('x')] }],
      },
      'phases.0.tasks.0.after.0',
    ],
    [
      'a skip rule and an add rule with one name',
      {
        ...patch,
        skipRules: [{ name: 'a', states: ['TESTING'], when: {} }],
        addRules: [{ name: 'a', when: {}, releaseState: 'TESTING', tasks: [task('x')] }],
      },
      'addRules.0.name',
    ],
    [
      'an add rule that never applies',
      { ...patch, addRules: [{ when: { packagings: [] }, releaseState: 'TESTING', tasks: [task('x')] }] },
      'addRules.0.when.packagings',
    ],
  ])('refuses %s', (_, faulty, path) => {
    const problems = validatePlan(faulty);
    expect(problems.map((problem) => problem.path.join('.'))).toContain(path);
    for (const problem of problems) expect(problem.message).toMatch(/\.$/);
  });

  test('names the tasks of a cycle', () => {
    const cyclic = plan(
      phase('p', 'PLANNING', task('a', { after: ['c'] }), task('b', { after: ['a'] }), task('c', { after: ['b'] })),
    );
    expect(validatePlan(cyclic).map(({ message }) => message)).toEqual([
      'The tasks wait for one another: a after c after b after a.',
    ]);
  });
});

describe('lists', () => {
  test('every value is described, and phases come in the order of the states', () => {
    expect(Object.keys(RELEASE_KIND_DESCRIPTIONS)).toEqual([...RELEASE_KINDS]);
    expect(Object.keys(PACKAGING_DESCRIPTIONS)).toEqual([...PACKAGINGS]);
    expect(PHASE_STATES.every((state) => RELEASE_STATES.includes(state))).toBe(true);
  });
});
