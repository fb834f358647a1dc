import { DONE_TASK_STATES, UNSTARTED_TASK_STATES, type TaskState } from './task.machine.js';

/** A task as a node of the graph of a plan. */
export interface TaskNode {
  readonly id: string;
  /** Ids of the tasks that must be done before it. Ids that are not in the graph are ignored. */
  readonly after: readonly string[];
}

/**
 * The ids of the tasks, sorted so that each task comes after its predecessors. Otherwise the given order is kept. Null
 * when the graph has a cycle.
 */
export function taskOrder(nodes: readonly TaskNode[]): string[] | null {
  const open = new Map(nodes.map((node) => [node.id, 0]));
  const successors = new Map<string, string[]>();
  for (const node of nodes) {
    for (const id of node.after) {
      if (!open.has(id)) continue;
      open.set(node.id, (open.get(node.id) ?? 0) + 1);
      const known = successors.get(id);
      if (known === undefined) successors.set(id, [node.id]);
      else known.push(node.id);
    }
  }
  const position = new Map(nodes.map((node, index) => [node.id, index]));
  const order: string[] = [];
  const free = nodes.filter((node) => open.get(node.id) === 0).map((node) => node.id);
  while (free.length > 0) {
    const id = free.shift() as string;
    order.push(id);
    for (const next of successors.get(id) ?? []) {
      const left = (open.get(next) ?? 0) - 1;
      open.set(next, left);
      if (left === 0) insertByPosition(free, next, position);
    }
  }
  return order.length === open.size ? order : null;
}

function insertByPosition(free: string[], id: string, position: ReadonlyMap<string, number>): void {
  const place = position.get(id) ?? 0;
  const index = free.findIndex((other) => (position.get(other) ?? 0) > place);
  if (index < 0) free.push(id);
  else free.splice(index, 0, id);
}

/** The ids along one cycle, each followed by its predecessor, the first id again at the end; null without a cycle. */
export function findCycle(nodes: readonly TaskNode[]): string[] | null {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const done = new Set<string>();
  for (const start of nodes) {
    if (done.has(start.id)) continue;
    const path: string[] = [start.id];
    const onPath = new Set(path);
    const todo: string[][] = [[...start.after]];
    while (path.length > 0) {
      const next = todo[path.length - 1]?.pop();
      if (next === undefined) {
        const id = path.pop() as string;
        todo.pop();
        onPath.delete(id);
        done.add(id);
      } else if (onPath.has(next)) {
        return [...path.slice(path.indexOf(next)), next];
      } else if (byId.has(next) && !done.has(next)) {
        path.push(next);
        onPath.add(next);
        todo.push([...(byId.get(next)?.after ?? [])]);
      }
    }
  }
  return null;
}

/** The cycle that `predecessorId` as a predecessor of `taskId` would close; null when it would close none. */
export function cycleThrough(nodes: readonly TaskNode[], taskId: string, predecessorId: string): string[] | null {
  return findCycle(
    nodes.map((node) => (node.id === taskId ? { id: node.id, after: [...node.after, predecessorId] } : node)),
  );
}

/** A task with what its readiness depends on. */
export interface TaskProgress extends TaskNode {
  readonly state: TaskState;
  /** Whether the release has reached the phase of the task. */
  readonly phaseHasBegun: boolean;
}

/** Whether a task in this state no longer holds up its successors. */
export function taskIsDone(state: TaskState): boolean {
  return (DONE_TASK_STATES as readonly TaskState[]).includes(state);
}

/** Ids of the direct predecessors that are not done. */
export function openPredecessors(task: TaskNode, byId: ReadonlyMap<string, { readonly state: TaskState }>): string[] {
  return task.after.filter((id) => {
    const predecessor = byId.get(id);
    return predecessor !== undefined && !taskIsDone(predecessor.state);
  });
}

/** The `taskReady` and `taskBlock` commands that bring the computed states of a plan up to date. */
export function readinessCommands(
  tasks: readonly TaskProgress[],
): { readonly id: string; readonly command: 'taskReady' | 'taskBlock' }[] {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const commands: { id: string; command: 'taskReady' | 'taskBlock' }[] = [];
  for (const task of tasks) {
    if (!task.phaseHasBegun || !(UNSTARTED_TASK_STATES as readonly TaskState[]).includes(task.state)) continue;
    const command = openPredecessors(task, byId).length === 0 ? 'taskReady' : 'taskBlock';
    if (task.state !== (command === 'taskReady' ? 'READY' : 'BLOCKED')) commands.push({ id: task.id, command });
  }
  return commands;
}

/** A task with its planned duration. */
export interface TimedTaskNode extends TaskNode {
  readonly durationMinutes: number;
}

/** The window for the start of a task, in minutes from the start of the plan, if the plan ends as early as possible. */
export interface TaskSlack {
  readonly earliestStart: number;
  readonly latestStart: number;
  /** Minutes by which the task can slip without delaying the end of the plan; 0 on the critical path. */
  readonly slackMinutes: number;
}

/** Earliest start, latest start and slack of every task; null when the graph has a cycle. */
export function slackOf(tasks: readonly TimedTaskNode[]): ReadonlyMap<string, TaskSlack> | null {
  const order = taskOrder(tasks);
  if (order === null) return null;
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const duration = (id: string): number => byId.get(id)?.durationMinutes ?? 0;
  const earliest = new Map<string, number>();
  for (const id of order) {
    const ends = (byId.get(id)?.after ?? [])
      .filter((p) => byId.has(p))
      .map((p) => (earliest.get(p) ?? 0) + duration(p));
    earliest.set(id, Math.max(0, ...ends));
  }
  const end = Math.max(0, ...order.map((id) => (earliest.get(id) ?? 0) + duration(id)));
  const latestEnd = new Map(order.map((id) => [id, end]));
  for (const id of [...order].reverse()) {
    const start = (latestEnd.get(id) ?? end) - duration(id);
    for (const p of byId.get(id)?.after ?? [])
      if (byId.has(p)) latestEnd.set(p, Math.min(latestEnd.get(p) ?? end, start));
  }
  return new Map(
    order.map((id) => {
      const earliestStart = earliest.get(id) ?? 0;
      const latestStart = (latestEnd.get(id) ?? end) - duration(id);
      return [id, { earliestStart, latestStart, slackMinutes: latestStart - earliestStart }];
    }),
  );
}
