import { describe, expect, test } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { blocker, BLOCKER_CODE_DESCRIPTIONS, BLOCKER_CODES, collectBlockers } from '../../src/domain/blocker.js';
import { Refusal, REQUEST_ERROR_CODES, REQUEST_ERRORS, RequestError } from '../../src/domain/errors.js';
import { MACHINES, requireSoundMachines } from '../../src/domain/machines.js';
import { actorHolds, ROLE_DESCRIPTIONS, ROLES } from '../../src/domain/roles.js';
import { availableCommands, decide, validateMachine, type Machine } from '../../src/domain/state-machine.js';

interface DoorFacts {
  readonly locked: boolean;
  readonly alarm: boolean;
  readonly night: boolean;
}

type DoorMachine = Machine<string, string, DoorFacts>;

const isMachine = (value: unknown) =>
  typeof value === 'object' && value !== null && 'rows' in value && 'final' in value;

const isUnlocked = ({ locked }: DoorFacts) => (locked ? blocker('CI_IN_USE', 'Locked.', ['AUDITOR']) : undefined);
const isQuiet = ({ alarm }: DoorFacts) =>
  alarm ? [blocker('BLACKOUT', 'Alarm.', ['AUDITOR']), blocker('CI_CONFLICT', 'Alarm.', ['AUDITOR'])] : [];

const door: DoorMachine = {
  name: 'door',
  initial: 'CLOSED',
  states: ['CLOSED', 'OPEN', 'AJAR', 'REMOVED'],
  final: ['REMOVED'],
  commands: ['open', 'shut', 'rot', 'remove'],
  rows: [
    { from: 'CLOSED', command: 'open', to: 'OPEN', when: ({ night }) => !night, guards: [isUnlocked, isQuiet] },
    { from: 'CLOSED', command: 'open', to: 'AJAR', when: ({ night }) => night, guards: [isUnlocked] },
    { from: ['OPEN', 'AJAR'], command: 'shut', to: 'CLOSED' },
    { from: 'CLOSED', command: 'rot', to: 'REMOVED', system: true },
    { from: 'CLOSED', command: 'remove', to: 'REMOVED', when: ({ night }) => !night },
  ],
};
const calm: DoorFacts = { locked: false, alarm: false, night: false };

describe('decide', () => {
  test('carries out a command whose guards agree', () => {
    expect(decide(door, 'CLOSED', 'open', calm)).toEqual({ ok: true, to: 'OPEN' });
  });

  test('picks the row whose condition holds', () => {
    expect(decide(door, 'CLOSED', 'open', { ...calm, night: true, alarm: true })).toEqual({ ok: true, to: 'AJAR' });
  });

  test('gives every broken guard at once, in the order of the guards', () => {
    const decision = decide(door, 'CLOSED', 'open', { locked: true, alarm: true, night: false });
    expect(decision).toMatchObject({
      ok: false,
      reason: 'BLOCKED',
      blockers: [{ message: 'Locked.' }, { code: 'BLACKOUT' }, { code: 'CI_CONFLICT' }],
    });
  });

  test('names the state and what is possible when the command does not exist there', () => {
    const decision = decide(door, 'CLOSED', 'shut', calm);
    expect(decision).toEqual({
      ok: false,
      reason: 'ILLEGAL_TRANSITION',
      blockers: [
        {
          code: 'ILLEGAL_TRANSITION',
          message: '"shut" is not possible for a door in state CLOSED. Possible now: open, remove.',
          resolvableBy: [],
          waivable: false,
        },
      ],
    });
    const ended = decide(door, 'REMOVED', 'open', calm);
    expect(ended.ok ? '' : ended.blockers[0]?.message).toContain('No command is possible in this state.');
  });

  test('adds the reasons of a computed state, and names what exists but is blocked', () => {
    const decision = decide({ ...door, computed: { CLOSED: [isUnlocked] } }, 'CLOSED', 'shut', {
      ...calm,
      locked: true,
    });
    expect(decision).toMatchObject({
      reason: 'ILLEGAL_TRANSITION',
      blockers: [
        { code: 'ILLEGAL_TRANSITION', message: expect.stringContaining('Possible now: remove. Blocked now: open.') },
        { code: 'CI_IN_USE', message: 'Locked.' },
      ],
    });
  });

  test('treats a command whose only row does not apply as one that does not exist', () => {
    expect(decide(door, 'CLOSED', 'remove', { ...calm, night: true })).toMatchObject({ reason: 'ILLEGAL_TRANSITION' });
  });

  test('carries out what only the server may issue', () => {
    expect(decide(door, 'CLOSED', 'rot', calm)).toEqual({ ok: true, to: 'REMOVED' });
  });
});

describe('availableCommands', () => {
  test('lists what people can issue, once each, with its blockers, and hides system commands', () => {
    expect(availableCommands(door, 'CLOSED', { ...calm, locked: true })).toEqual([
      { command: 'open', allowed: false, blockers: [expect.objectContaining({ message: 'Locked.' })] },
      { command: 'remove', allowed: true, blockers: [] },
    ]);
  });

  test('agrees with decide for every state and fact', () => {
    for (const state of door.states) {
      for (const locked of [true, false]) {
        for (const night of [true, false]) {
          const facts = { locked, alarm: locked, night };
          for (const { command, allowed, blockers } of availableCommands(door, state, facts)) {
            const decision = decide(door, state, command, facts);
            expect(decision.ok).toBe(allowed);
            expect(decision.ok ? [] : decision.blockers).toEqual(blockers);
          }
        }
      }
    }
  });
});

describe('validateMachine', () => {
  test('accepts a sound machine', () => {
    expect(validateMachine(door)).toEqual([]);
  });

  const row = (from: string | string[], command: string, to: string) => ({ from, command, to });
  test.each<[string, Partial<DoorMachine>, string]>([
    [
      'an unreachable state',
      { states: [...door.states, 'CEILING'], rows: [...door.rows, row('CEILING', 'shut', 'CLOSED')] },
      'CEILING cannot be reached',
    ],
    ['an unknown target', { rows: [...door.rows, row('AJAR', 'open', 'WINDOW')] }, 'unknown state WINDOW'],
    ['an unknown source', { rows: [...door.rows, row('WINDOW', 'open', 'OPEN')] }, 'unknown state WINDOW'],
    ['a bad initial state', { initial: 'WINDOW' }, 'initial names the unknown state WINDOW'],
    ['a bad final state', { final: ['REMOVED', 'WINDOW'] }, 'final names the unknown state WINDOW'],
    [
      'an ambiguous row without a condition',
      { rows: [...door.rows, row('OPEN', 'shut', 'AJAR')] },
      'OPEN + shut is ambiguous',
    ],
    [
      'an ambiguous row beside a conditional one',
      { rows: [...door.rows, row('CLOSED', 'open', 'AJAR')] },
      'CLOSED + open is ambiguous',
    ],
    [
      'a dead end that is not final',
      { rows: door.rows.filter(({ command }) => command !== 'shut'), commands: ['open', 'rot', 'remove'] },
      'OPEN is a dead end',
    ],
    [
      'a state that only leads to itself',
      { rows: [...door.rows.slice(0, 2), row(['OPEN', 'AJAR'], 'shut', 'OPEN'), ...door.rows.slice(3)] },
      'OPEN is a dead end',
    ],
    [
      'a final state that is left',
      { rows: [...door.rows, row('REMOVED', 'open', 'OPEN')] },
      'final state REMOVED has rows',
    ],
    [
      'states that go round for ever',
      {
        states: [...door.states, 'LOOP'],
        rows: [
          ...door.rows.slice(0, 2),
          row('OPEN', 'shut', 'LOOP'),
          row('AJAR', 'shut', 'CLOSED'),
          row('LOOP', 'open', 'OPEN'),
          ...door.rows.slice(3),
        ],
      },
      'no final state can be reached from LOOP',
    ],
    ['an unknown computed state', { computed: { WINDOW: [] } }, 'computed names the unknown state WINDOW'],
    ['a final state that is computed', { computed: { REMOVED: [] } }, 'REMOVED is final'],
    ['a state listed twice', { states: [...door.states, 'OPEN'] }, 'listed twice'],
    ['a command that no row uses', { commands: [...door.commands, 'knock'] }, 'no row uses the command knock'],
    ['an undeclared command', { rows: [...door.rows, row('OPEN', 'slam', 'CLOSED')] }, 'undeclared command slam'],
    ['a row that leaves nothing', { rows: [...door.rows, row([], 'shut', 'CLOSED')] }, 'leaves no state'],
  ])('rejects %s', (_, fault, problem) => {
    expect(validateMachine({ ...door, ...fault }).join('\n')).toContain(problem);
  });

  test('accepts every machine of the product', () => {
    expect(() => requireSoundMachines()).not.toThrow();
  });

  test('all problems of all machines are reported together', () => {
    const faults = [{ initial: 'WINDOW' }, { commands: [...door.commands, 'knock'] }];
    const machines = faults.map((fault, n) => ({ ...door, ...fault, name: `door ${n}` }));
    expect(() => requireSoundMachines([door, ...machines])).toThrow(
      /door 0: initial names the unknown state WINDOW\n[^]*door 1: no row uses the command knock/,
    );
  });

  test('the list of machines holds every machine of the domain', async () => {
    const files = readdirSync('src/domain', { recursive: true, encoding: 'utf8' });
    const found = [];
    for (const file of files.filter((name) => name.endsWith('.machine.ts'))) {
      const exported = (await import(`../../src/domain/${file.replace(/ts$/, 'js')}`)) as Record<string, unknown>;
      found.push(...Object.values(exported).filter((value) => isMachine(value)));
    }
    expect(new Set(found)).toEqual(new Set(MACHINES));
    expect(found).toHaveLength(MACHINES.length);
  });
});

describe('lists and errors', () => {
  test('every role, blocker code and request error is described', () => {
    expect(Object.keys(ROLE_DESCRIPTIONS).sort()).toEqual([...ROLES].sort());
    for (const text of [
      ...Object.values(ROLE_DESCRIPTIONS),
      ...BLOCKER_CODES.map((code) => BLOCKER_CODE_DESCRIPTIONS[code]),
    ])
      expect(text).toMatch(/^.{15,}\.$/);
    for (const code of REQUEST_ERROR_CODES) {
      expect(REQUEST_ERRORS[code].description).toMatch(/\.$/);
      expect(REQUEST_ERRORS[code].httpStatus).toBeGreaterThanOrEqual(200);
    }
  });

  test('an actor holds any of the roles asked for', () => {
    const actor = { actorId: 'eve', actorRoles: ['AUDITOR', 'TEST_MANAGER'] } as const;
    expect(actorHolds(actor, 'RELEASE_MANAGER', 'TEST_MANAGER')).toBe(true);
    expect(actorHolds(actor, 'RELEASE_MANAGER')).toBe(false);
    expect(actorHolds(actor)).toBe(false);
  });

  test('a refusal needs a reason and keeps every one of them', () => {
    expect(() => new Refusal([])).toThrow(TypeError);
    const refusal = new Refusal([
      blocker('BLACKOUT', 'One.', ['AUDITOR']),
      blocker('CI_CONFLICT', 'Two.', ['AUDITOR']),
    ]);
    expect(refusal).toMatchObject({
      name: 'Refusal',
      message: 'One. Two.',
      blockers: [{ code: 'BLACKOUT' }, { code: 'CI_CONFLICT' }],
    });
  });

  test('a request error carries its code and details', () => {
    expect(new RequestError('CONFLICT', 'Stale.', { actual: 3 })).toMatchObject({
      code: 'CONFLICT',
      message: 'Stale.',
      details: { actual: 3 },
    });
    expect(new RequestError('NOT_FOUND', 'Gone.').details).toBeUndefined();
  });

  test('blockers are flattened, and absent parts stay absent', () => {
    const one = blocker('BLACKOUT', 'One.', ['AUDITOR']);
    expect(one).toEqual({ code: 'BLACKOUT', message: 'One.', resolvableBy: ['AUDITOR'], waivable: false });
    expect(collectBlockers([undefined, one, [one, one], []])).toEqual([one, one, one]);
  });
});
