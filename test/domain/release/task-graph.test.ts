import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  cycleThrough,
  findCycle,
  openPredecessors,
  readinessCommands,
  slackOf,
  taskOrder,
  type TaskNode,
  type TaskProgress,
} from '../../../src/domain/release/task-graph.js';
import { decide } from '../../../src/domain/state-machine.js';
import { TASK_STATES, taskMachine, type TaskState } from '../../../src/domain/release/task.machine.js';
import { goodTaskFacts } from '../facts.js';

/** A random acyclic graph: tasks come only after tasks with a smaller index; then the list is shuffled. */
const dag = fc
  .integer({ min: 1, max: 15 })
  .chain((size) =>
    fc.tuple(
      ...Array.from({ length: size }, (_, index) =>
        fc.subarray(Array.from({ length: index }, (__, before) => `t${before}`)),
      ),
    ),
  )
  .map((afters) => afters.map((after, index): TaskNode => ({ id: `t${index}`, after })))
  .chain((nodes) => fc.shuffledSubarray(nodes, { minLength: nodes.length, maxLength: nodes.length }));

const reaches = (nodes: readonly TaskNode[], from: string, to: string): boolean => {
  const after = nodes.find(({ id }) => id === from)?.after ?? [];
  return after.includes(to) || after.some((next) => reaches(nodes, next, to));
};

describe('order and cycles', () => {
  test('an acyclic plan has an order in which nothing comes before its predecessors', () => {
    fc.assert(
      fc.property(dag, (nodes) => {
        const order = taskOrder(nodes);
        expect(findCycle(nodes)).toBeNull();
        expect([...(order ?? [])].sort()).toEqual(nodes.map(({ id }) => id).sort());
        for (const { id, after } of nodes)
          for (const before of after) expect(order?.indexOf(before)).toBeLessThan(order?.indexOf(id) ?? -1);
      }),
    );
  });

  test('a new dependency makes a cycle exactly when the predecessor already waits for the task', () => {
    fc.assert(
      fc.property(dag, fc.nat(), fc.nat(), (nodes, i, j) => {
        const task = nodes[i % nodes.length]!.id;
        const predecessor = nodes[j % nodes.length]!.id;
        const cycle = cycleThrough(nodes, task, predecessor);
        expect(cycle !== null).toBe(task === predecessor || reaches(nodes, predecessor, task));
        if (cycle === null) return;
        const added = nodes.map((node) => (node.id === task ? { ...node, after: [...node.after, predecessor] } : node));
        expect(taskOrder(added)).toBeNull();
        expect(cycle[0]).toBe(cycle.at(-1));
        for (const [index, id] of cycle.slice(0, -1).entries())
          expect(added.find((node) => node.id === id)?.after).toContain(cycle[index + 1]);
      }),
    );
  });

  test('keeps the given order among tasks that are free to come in any', () => {
    const nodes = [
      { id: 'c', after: ['a'] },
      { id: 'b', after: [] },
      { id: 'a', after: [] },
      { id: 'd', after: ['elsewhere', 'b', 'b'] },
    ];
    expect(taskOrder(nodes)).toEqual(['b', 'a', 'c', 'd']);
  });

  test('finds no cycle in a chain of ten thousand tasks', () => {
    const chain = Array.from({ length: 10_000 }, (_, index) => ({
      id: `t${index}`,
      after: index === 0 ? [] : [`t${index - 1}`],
    })).reverse();
    expect(findCycle(chain)).toBeNull();
    expect(taskOrder(chain)?.[0]).toBe('t0');
  });
});

describe('readiness', () => {
  const states = fc.constantFrom(...TASK_STATES);
  const plan = dag.chain((nodes) =>
    fc.tuple(...nodes.map(() => fc.tuple(states, fc.boolean()))).map((drawn) =>
      nodes.map((node, index): TaskProgress => ({
        ...node,
        state: drawn[index]![0],
        phaseHasBegun: drawn[index]![1],
      })),
    ),
  );

  test('brings every task of a begun phase to READY or BLOCKED by commands its machine allows, and then rests', () => {
    fc.assert(
      fc.property(plan, (tasks) => {
        const names = new Map(tasks.map((task) => [task.id, task]));
        const commands = new Map(readinessCommands(tasks).map(({ id, command }) => [id, command]));
        const after = tasks.map((task) => {
          const command = commands.get(task.id);
          if (command === undefined) return task;
          const open = openPredecessors(task, names).map((id) => ({ id, name: id }));
          const decision = decide(taskMachine, task.state, command, {
            ...goodTaskFacts,
            phaseHasBegun: task.phaseHasBegun,
            openPredecessors: open,
          });
          expect(decision.ok).toBe(true);
          return decision.ok ? { ...task, state: decision.to } : task;
        });
        expect(readinessCommands(after)).toEqual([]);
        for (const task of after) {
          if (!task.phaseHasBegun || !['PLANNED', 'BLOCKED', 'READY'].includes(task.state)) continue;
          expect(task.state).toBe(openPredecessors(task, names).length === 0 ? 'READY' : 'BLOCKED');
        }
      }),
    );
  });

  test.each<[TaskState, 'READY' | 'BLOCKED']>([
    ['COMPLETED', 'READY'],
    ['SKIPPED', 'READY'],
    ['CANCELLED', 'READY'],
    ['FAILED', 'BLOCKED'],
    ['IN_PROGRESS', 'BLOCKED'],
    ['PLANNED', 'BLOCKED'],
  ])('a predecessor in %s leaves a task %s', (state, expected) => {
    const tasks: TaskProgress[] = [
      { id: 'a', after: [], state, phaseHasBegun: false },
      { id: 'b', after: ['a', 'gone'], state: 'PLANNED', phaseHasBegun: true },
    ];
    expect(readinessCommands(tasks)).toEqual([{ id: 'b', command: expected === 'READY' ? 'taskReady' : 'taskBlock' }]);
  });

  test('a READY task that gets a new predecessor is blocked again', () => {
    const tasks: TaskProgress[] = [
      { id: 'a', after: [], state: 'READY', phaseHasBegun: true },
      { id: 'b', after: ['a'], state: 'READY', phaseHasBegun: true },
    ];
    expect(readinessCommands(tasks)).toEqual([{ id: 'b', command: 'taskBlock' }]);
  });
});

describe('slack', () => {
  test('is what a task may slip without delaying the end', () => {
    const slack = slackOf([
      { id: 'build', after: [], durationMinutes: 60 },
      { id: 'test', after: ['build'], durationMinutes: 30 },
      { id: 'manual', after: [], durationMinutes: 20 },
      { id: 'ship', after: ['test', 'manual'], durationMinutes: 10 },
    ]);
    expect([...(slack ?? [])]).toEqual([
      ['build', { earliestStart: 0, latestStart: 0, slackMinutes: 0 }],
      ['test', { earliestStart: 60, latestStart: 60, slackMinutes: 0 }],
      ['manual', { earliestStart: 0, latestStart: 70, slackMinutes: 70 }],
      ['ship', { earliestStart: 90, latestStart: 90, slackMinutes: 0 }],
    ]);
    expect(slackOf([{ id: 'a', after: ['a'], durationMinutes: 1 }])).toBeNull();
  });

  test('is never negative, and some path has none', () => {
    fc.assert(
      fc.property(
        dag,
        fc.array(fc.integer({ min: 0, max: 90 }), { minLength: 15, maxLength: 15 }),
        (nodes, minutes) => {
          const slack = slackOf(nodes.map((node, index) => ({ ...node, durationMinutes: minutes[index] ?? 0 })));
          const values = [...(slack ?? new Map()).values()].map(({ slackMinutes }) => slackMinutes as number);
          expect(Math.min(...values)).toBe(0);
        },
      ),
    );
  });
});
