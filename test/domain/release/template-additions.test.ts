import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CI_CLASSES, CRITICALITIES } from '../../../src/domain/cmdb/configuration-item.machine.js';
import { SKIPPABLE_RELEASE_STATES } from '../../../src/domain/release/release.state.js';
import { PACKAGINGS, PHASE_STATES, RELEASE_KINDS, type AddRule } from '../../../src/domain/release/template.js';
import { validatePlan } from '../../../src/domain/release/template-check.js';
import {
  addedKeys,
  applicableSteps,
  keysOfAddedPhases,
  withAddRules,
} from '../../../src/domain/release/template-additions.js';
import { instantiate } from '../../../src/domain/release/template-copies.js';
import { skippedStatesOf, type SkipTarget } from '../../../src/domain/release/template-skips.js';
import { patch, phase, plan, task } from './plans.js';

const desktop: SkipTarget = { ciId: 'desktop-1', ciClass: 'DESKTOP', criticality: 'LOW' };
const server: SkipTarget = { ciId: 'server-1', ciClass: 'SERVER', criticality: 'CRITICAL' };
const kind = { kind: 'PATCH', packaging: 'FULL' } as const;
const rule = (over: Partial<AddRule> = {}): AddRule => ({
  when: { ciClasses: ['SERVER', 'DESKTOP'], minCriticality: 'HIGH' },
  releaseState: 'TESTING',
  tasks: [task('rehearse', { after: ['scope'] })],
  ...over,
});
const withRules = (...addRules: AddRule[]) => ({ ...patch, addRules });
const START = new Date('2027-01-01T00:00:00Z');

describe('applicableSteps', () => {
  test('one target is enough, and the answer names it', () => {
    const felt = { ...desktop, criticality: 'HIGH' as const, forcedBy: { id: 'p', name: 'Payroll' } };
    const steps = applicableSteps(withRules(rule()), kind, [{ ...desktop, ciId: 'other' }, felt]);
    const reason =
      'Add rule 1 applies: its class is DESKTOP, and its criticality is HIGH because of Payroll, at least HIGH.';
    expect(steps.added).toMatchObject([{ label: 'Add rule 1', targets: [{ ciId: 'desktop-1', reason }], reason }]);
    expect(skippedStatesOf(steps)).toEqual(['BUILDING', 'ACCEPTED']);
    expect(steps.forcedBy).toEqual([{ state: 'TESTING', ciId: 'desktop-1', rules: ['Add rule 1'], reason }]);
  });

  test('the conditions about a target must hold for one and the same', () => {
    const mixed = [
      { ...desktop, ciClass: 'PRINTER' as never, criticality: 'CRITICAL' as const },
      { ...server, criticality: 'LOW' as const },
    ];
    expect(applicableSteps(withRules(rule()), kind, mixed).added).toEqual([]);
  });

  test('a rule for another kind of release does not apply, and one without conditions applies without targets', () => {
    const rules = withRules(rule({ when: { releaseKinds: ['MAJOR'] } }), rule({ when: {}, name: 'Always' }));
    expect(applicableSteps(rules, kind, []).added).toMatchObject([{ label: 'Always', targets: [] }]);
    expect(applicableSteps(withRules(rule()), kind, []).added).toEqual([]);
  });

  test('one more target never takes a step away', () => {
    const target = fc.record({
      ciId: fc.string(),
      ciClass: fc.constantFrom(...CI_CLASSES),
      criticality: fc.constantFrom(...CRITICALITIES),
    });
    const when = {
      releaseKinds: fc.subarray([...RELEASE_KINDS], { minLength: 1 }),
      packagings: fc.subarray([...PACKAGINGS], { minLength: 1 }),
      ciClasses: fc.subarray([...CI_CLASSES], { minLength: 1 }),
    };
    const critical = fc.constantFrom(...CRITICALITIES);
    const skipRule = fc.record({
      states: fc.subarray([...SKIPPABLE_RELEASE_STATES], { minLength: 1 }),
      when: fc.record({ ...when, maxCriticality: critical }, { requiredKeys: [] }),
    });
    const addRule = fc.record({
      releaseState: fc.constantFrom(...PHASE_STATES),
      when: fc.record({ ...when, minCriticality: critical }, { requiredKeys: [] }),
    });
    fc.assert(
      fc.property(
        fc.array(skipRule, { maxLength: 4 }),
        fc.array(addRule, { maxLength: 4 }),
        fc.array(target, { maxLength: 4 }),
        target,
        (skipRules, found, targets, more) => {
          const addRules = found.map((one, index) => ({ ...one, tasks: [task(`t${index}`)] }));
          const before = applicableSteps({ skipRules, addRules }, kind, targets);
          const after = applicableSteps({ skipRules, addRules }, kind, [...targets, more]);
          expect(addedKeys(after.added)).toEqual(expect.arrayContaining(addedKeys(before.added)));
          if (targets.length > 0)
            expect(skippedStatesOf(before)).toEqual(expect.arrayContaining(skippedStatesOf(after)));
          for (const steps of [before, after])
            for (const one of steps.added) expect(skippedStatesOf(steps)).not.toContain(one.rule.releaseState);
        },
      ),
    );
  });
});

describe('the tasks of a rule', () => {
  const copy = (addRules: AddRule[], skipped: Parameters<typeof instantiate>[2] = []) => {
    const whole = withRules(...addRules);
    return instantiate(whole, START, skipped, applicableSteps(whole, kind, [server]).added);
  };

  test('join the phase of their state', () => {
    const [, testing] = copy([rule()]);
    expect(testing).toMatchObject({ key: 'test', tasks: [{ key: 'try' }, { key: 'rehearse', after: ['scope'] }] });
  });

  test('get a phase of their own where there is none, shared by the rules of one state', () => {
    const own = [
      rule({ name: 'First', releaseState: 'BUILDING' }),
      rule({ releaseState: 'BUILDING', tasks: [task('more')] }),
    ];
    expect(copy(own).map(({ key, name, tasks }) => [key, name, tasks.map((one) => one.key)])).toEqual([
      ['plan', 'plan', ['scope']],
      ['added-building', 'First', ['rehearse', 'more']],
      ['test', 'test', ['try']],
      ['ship', 'ship', ['watch']],
    ]);
    expect(keysOfAddedPhases(withRules(...own))).toEqual(['added-building']);
  });

  test('follow the predecessors of a task that is left out', () => {
    const after = rule({ releaseState: 'DISTRIBUTING', tasks: [task('check', { after: ['try'] })] });
    expect(copy([after], ['TESTING']).at(-1)?.tasks.at(-1)).toMatchObject({ key: 'check', after: ['scope'] });
  });
});

test('a template from a plan keeps the rules, and their tasks follow what is left', () => {
  const pinned = withRules(
    rule({ tasks: [task('rehearse', { after: ['try'] }), task('report', { after: ['rehearse'] })] }),
  );
  expect(validatePlan(pinned)).toEqual([]);
  const live = plan(
    phase('plan', 'PLANNING', task('scope', { durationMinutes: 30 })),
    phase('ship', 'DISTRIBUTING', task('watch', { after: ['scope'], startOffsetMinutes: 30 })),
  );
  const saved = withAddRules(live, pinned);
  expect(validatePlan(saved)).toEqual([]);
  expect(saved.addRules?.[0]?.tasks).toMatchObject([
    { key: 'rehearse', after: ['scope'], startOffsetMinutes: 30 },
    { key: 'report', after: ['rehearse'], startOffsetMinutes: 30 },
  ]);
  expect(withAddRules(live, patch)).toBe(live);
});
