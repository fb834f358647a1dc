import { describe, expect, test } from '@jest/globals';
import {
  needsHistory,
  outcomeOf,
  phaseOf,
  stateOfAction,
  stateWithoutAction,
  wasStarted,
} from '../../plugins/hawkbit/action-state.js';
import { hawkbit } from '../../plugins/hawkbit/hawkbit.adapter.js';
import { actionOf, rolloutOf, type ActionStatus } from '../../plugins/hawkbit/hawkbit-api.js';
import { assertPossible, fingerprintIn, queryOf, rolloutBody } from '../../plugins/hawkbit/rollout-order.js';
import type { HawkbitConfig } from '../../plugins/hawkbit/settings.js';
import type { AdapterError } from '../../src/adapters/adapter.js';
import { compileSchema } from '../../src/adapters/schema-compiler.js';
import { requestOf } from './support/harness.js';

const config = { baseUrl: 'https://hawkbit.example' } as HawkbitConfig;
const device = (controllerId: string) => ({
  ciId: `ci-${controllerId}`,
  name: controllerId,
  binding: { controllerId },
});
const orderOf = (more: Parameters<typeof requestOf>[0] = {}) =>
  requestOf({
    targets: [device('a'), device('b')],
    package: { binding: { distributionSet: 5 }, artifacts: [] },
    ...more,
  });

const SAID: readonly ActionStatus[] = [
  { type: 'finished', messages: ['Update Server: closed', 'Installed'] },
  { type: 'running', messages: [] },
];
const endOf = (status: string, active: boolean, history: readonly ActionStatus[] = []) => {
  const { state, reason } = stateOfAction({ id: 1, controllerId: 'a', status, active, modified: 0 }, history);
  return reason === undefined ? state : `${state} ${reason.code}`;
};

test.each([
  ['creating', 'queued', false],
  ['waiting_for_approval', 'queued', false],
  ['approval_denied', 'queued', false],
  ['ready', 'queued', false],
  ['starting', 'queued', true],
  ['running', 'running', true],
  ['paused', 'paused', true],
  ['stopping', 'cancelling', true],
  ['stopped', 'finished', true],
  ['finished', 'finished', true],
  ['deleting', 'cancelling', true],
  ['deleted', 'finished', true],
  ['something_new', undefined, true],
  ['toString', undefined, true],
])('a rollout that is %s is %s', (status, phase, started) => {
  expect([phaseOf(status), wasStarted({ status })]).toEqual([phase, started]);
});

describe('the state of a target', () => {
  test.each([
    ['scheduled', true, 'pending'],
    ['wait_for_confirmation', true, 'pending'],
    ['retrieved', true, 'running'],
    ['download', true, 'staging'],
    ['downloaded', true, 'staging'],
    ['running', true, 'running'],
    ['warning', true, 'running'],
    ['canceling', true, 'running'],
    ['cancel_rejected', true, 'running'],
    ['canceled', false, 'cancelled CANCELLED'],
    ['error', false, 'failed DEVICE_ERROR'],
    ['running', false, 'unknown UNKNOWN_STATUS'],
    ['hibernating', true, 'unknown UNKNOWN_STATUS'],
    ['constructor', true, 'unknown UNKNOWN_STATUS'],
  ])('with the action %s (active: %s) is %s', (status, active, expected) =>
    expect(endOf(status, active)).toBe(expected),
  );

  test('is a success only by a word of the device', () => {
    const passedBy = { type: 'running', messages: ['Update Server: Distribution Set is already assigned. Skipping.'] };
    expect(endOf('finished', false, SAID)).toBe('succeeded');
    expect(endOf('finished', false, [passedBy])).toBe('skipped ALREADY_ASSIGNED');
    expect(endOf('finished', false)).toBe('unknown NO_FEEDBACK');
    expect(needsHistory({ id: 1, controllerId: 'a', status: 'finished', active: false, modified: 0 })).toBe(true);
    expect(needsHistory({ id: 1, controllerId: 'a', status: 'running', active: true, modified: 0 })).toBe(false);
  });

  test('names what the device said of its error', () => {
    const history = [{ type: 'error', messages: ['Update Server: x', 'no space left'] }];
    const action = { id: 1, controllerId: 'a', status: 'error', active: false, modified: 0 };
    expect(stateOfAction(action, history).reason?.message).toBe('no space left');
  });

  test.each([
    ['ready', 'pending'],
    ['running', 'pending'],
    ['paused', 'pending'],
    ['stopped', 'cancelled'],
    ['finished', 'unknown'],
    ['deleted', 'unknown'],
  ])('without an action in a rollout that is %s is %s', (status, state) =>
    expect(stateWithoutAction({ status })).toMatchObject({ state, nativeStatus: status }),
  );

  test.each([
    [['succeeded', 'succeeded'], 'success'],
    [['succeeded', 'failed', 'cancelled'], 'failure'],
    [['succeeded', 'cancelled'], 'cancel'],
    [['succeeded', 'unknown'], 'unknown'],
  ] as const)('%j are a %s', (states, outcome) => expect(outcomeOf(states)).toBe(outcome));
});

describe('an order', () => {
  const refusal = (more: Parameters<typeof requestOf>[0], settings = config): string => {
    try {
      assertPossible(orderOf(more), settings);
      return 'possible';
    } catch (error) {
      return (error as AdapterError).code;
    }
  };

  test('is a rollout with one group for exactly its targets', () => {
    const request = orderOf({ parameters: { weight: 7 } });
    expect(rolloutBody(request, { ...config, keyPrefix: 'site-' })).toMatchObject({
      name: `site-${request.key}`,
      distributionSetId: 5,
      targetFilterQuery: 'controllerId=in=(a,b)',
      amountGroups: 1,
      type: 'forced',
      weight: 7,
    });
    expect(fingerprintIn(rolloutBody(request, config)['description'] as string)).toBe(request.fingerprint);
    expect(fingerprintIn('Rollout of somebody else')).toBeUndefined();
  });

  test.each(['*', 'a b', 'a,b', '(a)', "'a'", 'a;id==*', 'a=b', '', 'a%'])('refuses the id %p', (controllerId) => {
    expect(refusal({ targets: [device(controllerId)] })).toBe('INVALID_ARGUMENT');
    expect(compileSchema(hawkbit.targetSchema, 'The target')({ controllerId })).not.toEqual([]);
  });

  test('refuses what hawkBit cannot keep', () => {
    const many = Array.from({ length: 51 }, (_unused, n) => device(`m${n}`));
    const long = Array.from({ length: 20 }, (_unused, n) => device(`${'x'.repeat(60)}${n}`));
    expect(queryOf(long.map(({ name }) => name)).length).toBeGreaterThan(1_024);
    expect(refusal({})).toBe('possible');
    expect(refusal({ targets: many })).toBe('INVALID_ARGUMENT');
    expect(refusal({ targets: many }, { ...config, maxTargets: 60 })).toBe('possible');
    expect(refusal({ targets: long })).toBe('INVALID_ARGUMENT');
    expect(refusal({ targets: [device('Dev'), device('dev')] })).toBe('INVALID_ARGUMENT');
    expect(refusal({ key: 'k'.repeat(120) }, { ...config, keyPrefix: 'prefix-of-the-site' })).toBe('INVALID_ARGUMENT');
    expect(refusal({ maxParallel: 2 })).toBe('UNIMPLEMENTED');
    expect(refusal({ stopAfterFailures: 2 })).toBe('UNIMPLEMENTED');
    expect(refusal({ dryRun: true })).toBe('UNIMPLEMENTED');
  });
});

describe('an answer', () => {
  test('names its target only in a link, encoded', () => {
    const href = 'https://h/rest/v1/targets/a%3Ab/actions/4';
    const row = { id: 4, status: 'running', active: true, createdAt: 5, _links: { self: { href } } };
    expect(actionOf(row)).toEqual({ id: 4, controllerId: 'a:b', status: 'running', active: true, modified: 5 });
    expect(actionOf({ id: 4 })).toMatchObject({ controllerId: '', active: false });
    expect(() => actionOf({})).toThrow('no id');
    expect(() => rolloutOf('<html>')).toThrow('no id');
  });
});
