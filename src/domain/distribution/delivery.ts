import type { ChangeOutcome } from '../change/change.machine.js';
import type { ReleaseOutcome } from './distribution-outcome.js';
import { distributionHasEnded, type DistributionOperation, type DistributionState } from './distribution.state.js';
import { OPEN_TARGET_STATES, type TargetState } from './observation.js';

/**
 * What a release did to its cells. A cell is one target with one content, and every outcome is counted over cells: of a
 * release, of its changes and of a back-out.
 */

/** What was last observed of a cell. */
export const CELL_STATES = [
  'NOT_SENT',
  'DELIVERED',
  'REMOVED',
  'PRESENT',
  'FAILED',
  'UNKNOWN',
  'DOUBTED',
  'RETURNED',
] as const;

/** One of {@link CELL_STATES}. */
export type CellState = (typeof CELL_STATES)[number];

/** What each state of a cell means. */
export const CELL_STATE_DESCRIPTIONS: Readonly<Record<CellState, string>> = {
  NOT_SENT: 'No distribution has worked on the cell.',
  DELIVERED: 'The release put the content on the target.',
  REMOVED: 'The release took the content off the target, and that was its work there.',
  PRESENT: 'A check found the content on the target, and the release put nothing there.',
  FAILED: 'The work failed, and nothing of the release is on the target.',
  UNKNOWN: 'The outcome of the work is unknown, so something of the release may be on the target.',
  DOUBTED: 'Something of the release is on the target, and later work or a later check failed.',
  RETURNED: 'What the release did was returned.',
};

/** A distribution of a release that was sent, with what it carries. */
export interface SentDistribution {
  readonly id: string;
  readonly operation: DistributionOperation;
  /** Ids of its contents. */
  readonly contents: readonly string[];
}

/** What one distribution did on one target; its latest attempt. */
export interface DeliveryStep {
  /** Id of the distribution. */
  readonly distribution: string;
  readonly state: TargetState;
  /** Whether the latest attempt is the back-out of an earlier one. Only what was delivered is backed out. */
  readonly backOut: boolean;
  /** Whether the record of installations says that something of this distribution is on the target now. */
  readonly installed: boolean;
  /**
   * Whether nobody knows how an attempt before the latest ended. A retry that fails takes nothing away, so what that
   * attempt did may be on the target.
   */
  readonly unsettled: boolean;
  /** Whether a person decided, after the last news of the target, that it keeps what it has. */
  readonly residual: boolean;
}

/** Targets with the same history. */
export interface TargetGroup {
  /** Whether the targets are in the scope of the release. */
  readonly inScope: boolean;
  /** What was done on each of them, first to last. */
  readonly steps: readonly DeliveryStep[];
  readonly count: number;
}

/** Everything that was sent for a release. */
export interface Delivery {
  readonly distributions: readonly SentDistribution[];
  /** Ids of the contents in the scope of the release. */
  readonly contents: readonly string[];
}

/** What became of one cell. */
export interface Cell {
  readonly state: CellState;
  /** Ids of the distributions that put something there which nobody returned. */
  readonly owed: readonly string[];
  /** Whether the last that is known is that a return failed, so that the content is still there. */
  readonly kept: boolean;
}

/** The content is where the release wanted it. */
const DONE: readonly CellState[] = ['DELIVERED', 'REMOVED', 'PRESENT'];

/** What the release is there for on a cell. What it installs, it may remove again; then that is a return. */
type Aim = 'INSTALL' | 'REMOVE' | 'NOTHING';

/** A step with what its distribution does. */
export type Step = DeliveryStep & { readonly operation: DistributionOperation };

/** Whether the tool was given the target, now or in an attempt before. A back-out begins with what was delivered. */
const wasSent = ({ state, backOut, unsettled }: DeliveryStep): boolean => state !== 'PENDING' || backOut || unsettled;

function aimOf(steps: readonly Step[]): Aim {
  const sent = (operation: DistributionOperation) =>
    steps.some((step) => step.operation === operation && wasSent(step));
  return (['INSTALL', 'REMOVE'] as const).find(sent) ?? 'NOTHING';
}

/** What is known of a cell while its steps are joined. `owed` says of each distribution whether it certainly did it. */
interface Belief {
  readonly aim: Aim;
  found: CellState;
  readonly owed: Map<string, boolean>;
  /** The last distribution that worked for the aim of the cell. */
  last: string | undefined;
  kept: boolean;
}

/** What the cell is in while something is owed, else the given state. */
function stillThere({ aim, owed }: Belief, otherwise: CellState): CellState {
  if (owed.size === 0) return otherwise;
  if (![...owed.values()].includes(true)) return 'UNKNOWN';
  return aim === 'REMOVE' ? 'REMOVED' : 'DELIVERED';
}

function fail(belief: Belief): void {
  if (belief.owed.size > 0) belief.found = 'DOUBTED';
  else if (belief.found !== 'RETURNED') belief.found = 'FAILED';
}

/** Ends of a return that took nothing away. */
const LEFT_AS_IT_WAS: readonly TargetState[] = ['FAILED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'SKIPPED'];

/** A distribution does what the release is there for. */
function work(belief: Belief, { distribution, state, backOut, installed, unsettled }: Step): void {
  belief.last = distribution;
  belief.kept = backOut && LEFT_AS_IT_WAS.includes(state);
  if (state === 'BACKED_OUT') {
    belief.owed.delete(distribution);
    belief.found = stillThere(belief, 'RETURNED');
    return;
  }
  if (backOut || installed || state === 'SUCCEEDED') belief.owed.set(distribution, true);
  if (state === 'SUCCEEDED' || (backOut && state === 'PENDING')) belief.found = stillThere(belief, 'FAILED');
  else if (unsettled || state === 'UNKNOWN' || OPEN_TARGET_STATES.includes(state)) {
    if (!belief.owed.has(distribution)) belief.owed.set(distribution, false);
    belief.found = 'UNKNOWN';
  } else if (belief.owed.size > 0) belief.found = 'DOUBTED';
  else belief.found = 'FAILED';
}

/**
 * A distribution takes back what earlier ones did: all of it, or only the last of it. When it was backed out itself,
 * everything is as it was.
 */
function takeBack(belief: Belief, state: TargetState, all: boolean): void {
  belief.kept = LEFT_AS_IT_WAS.includes(state) && belief.owed.size > 0;
  if (state === 'BACKED_OUT') return;
  if (state !== 'SUCCEEDED') return fail(belief);
  const last = [...belief.owed.keys()].at(-1);
  if (all) belief.owed.clear();
  else if (last !== undefined) belief.owed.delete(last);
  belief.found = stillThere(belief, 'RETURNED');
}

/** A check changes nothing on the target. It finds the content, does not find it, or says nothing. */
function check(belief: Belief, { distribution, operation, state }: Step): void {
  const { aim } = belief;
  belief.kept = false;
  if (state === 'SUCCEEDED' && aim === 'NOTHING') belief.found = 'PRESENT';
  else if (state === 'SUCCEEDED' && aim === 'INSTALL') {
    if (belief.owed.size === 0) belief.owed.set(belief.last ?? distribution, true);
    belief.found = 'DELIVERED';
  } else if (state === 'SUCCEEDED' && operation === 'VERIFY' && belief.found === 'REMOVED') belief.found = 'DOUBTED';
  else if (state === 'FAILED' && operation === 'VERIFY' && (aim === 'INSTALL' || aim === 'NOTHING')) fail(belief);
}

function join(belief: Belief, step: Step): void {
  const { operation, state } = step;
  if (!wasSent(step)) return;
  if (operation === 'VERIFY' || operation === 'COMMIT') check(belief, step);
  else if (operation === belief.aim) work(belief, step);
  else takeBack(belief, state, operation === 'REMOVE');
}

/** What became of one cell, from what its distributions did there, first to last. */
export function cellOf(steps: readonly Step[]): Cell {
  const belief: Belief = { aim: aimOf(steps), found: 'NOT_SENT', owed: new Map(), last: undefined, kept: false };
  for (const step of steps) join(belief, step);
  return { state: belief.found, owed: [...belief.owed.keys()], kept: belief.kept };
}

/**
 * Whether work of an operation returns something that the release did to a cell. A removal returns what was installed;
 * where removing was the work itself, only an undo returns it.
 */
export function returnsSomething(steps: readonly Step[], operation: DistributionOperation): boolean {
  if (operation !== 'UNDO' && (operation !== 'REMOVE' || aimOf(steps) === 'REMOVE')) return false;
  return cellOf(steps).owed.length > 0;
}

/** Cells by what became of them. */
export interface Tally {
  /** Cells in the scope: each target with each content. */
  readonly cells: number;
  /** Those of them where the content is as the release wanted it. */
  readonly done: number;
  /** Cells in the scope where something of the release is still there because its return failed. */
  readonly kept: number;
  /** Cells where something of the release was returned and nothing is left. */
  readonly returned: number;
  /** Cells, in the scope or not, where something of the release is or may be, and which no decision leaves so. */
  readonly owed: number;
  /** Cells where something stays because a person decided it. */
  readonly residual: number;
  /** Targets in the scope, and those of them where every content is as the release wanted it. */
  readonly targets: number;
  readonly doneTargets: number;
}

interface ContentGroup {
  readonly inScope: boolean;
  /** Ids of the distributions that carry each of the contents. */
  readonly distributions: ReadonlySet<string>;
  readonly count: number;
}

/** Contents that the same distributions carry share their fate on every target, so they are counted together. */
function groupContents({ distributions, contents }: Delivery): ContentGroup[] {
  const scope = new Set(contents);
  const carriers = new Map<string, string[]>(contents.map((content) => [content, []]));
  for (const { id, contents: own } of distributions)
    for (const content of own) carriers.set(content, [...(carriers.get(content) ?? []), id]);
  const groups = new Map<string, { inScope: boolean; distributions: ReadonlySet<string>; count: number }>();
  for (const [content, ids] of carriers) {
    const key = `${scope.has(content)} ${ids.join(' ')}`;
    const group = groups.get(key) ?? { inScope: scope.has(content), distributions: new Set(ids), count: 0 };
    group.count += 1;
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** What became of the cells of one group of targets: a cell for each group of contents. */
export interface GroupCells<G> {
  readonly group: G;
  readonly cells: readonly (Cell & {
    readonly inScope: boolean;
    readonly contents: number;
    readonly residual: boolean;
  })[];
}

/**
 * What became of every cell of a release. Targets with the same history are one group and contents with the same
 * distributions another, so that the work grows with the number of different histories and not with the number of
 * cells.
 */
export function deliveryCells<G extends TargetGroup>(delivery: Delivery, groups: readonly G[]): GroupCells<G>[] {
  const operations = new Map(delivery.distributions.map(({ id, operation }) => [id, operation]));
  const contents = groupContents(delivery);
  const known = new Map<string, Cell>();
  return groups.map((group) => {
    const steps: (Step & { readonly key: string })[] = [];
    const decided = new Set<string>();
    for (const step of group.steps) {
      const { distribution, state, backOut, installed, unsettled, residual } = step;
      const operation = operations.get(distribution);
      if (operation === undefined) continue;
      steps.push({ ...step, operation, key: `${distribution} ${state} ${backOut} ${installed} ${unsettled},` });
      if (residual) decided.add(distribution);
    }
    const cells = contents.map(({ inScope, distributions, count }) => {
      let key = '';
      for (const step of steps) if (distributions.has(step.distribution)) key += step.key;
      let cell = known.get(key);
      if (cell === undefined) {
        cell = cellOf(steps.filter(({ distribution }) => distributions.has(distribution)));
        known.set(key, cell);
      }
      const { state, owed, kept } = cell;
      const residual = owed.length > 0 && owed.every((distribution) => decided.has(distribution));
      return { state, owed, kept, inScope: inScope && group.inScope, contents: count, residual };
    });
    return { group, cells };
  });
}

/** Counts cells by what became of them. */
export function tally(groups: readonly GroupCells<TargetGroup>[]): Tally {
  const sum = { cells: 0, done: 0, kept: 0, returned: 0, owed: 0, residual: 0, targets: 0, doneTargets: 0 };
  for (const { group, cells } of groups) {
    const inScope = cells.filter((cell) => cell.inScope);
    if (group.inScope) sum.targets += group.count;
    if (group.inScope && inScope.length > 0 && inScope.every(({ state }) => DONE.includes(state)))
      sum.doneTargets += group.count;
    for (const cell of cells) {
      const n = group.count * cell.contents;
      if (cell.inScope) sum.cells += n;
      if (cell.inScope && DONE.includes(cell.state)) sum.done += n;
      if (cell.inScope && cell.kept) sum.kept += n;
      if (cell.state === 'RETURNED') sum.returned += n;
      if (cell.residual) sum.residual += n;
      else if (cell.owed.length > 0) sum.owed += n;
    }
  }
  return sum;
}

/** The outcome of a release, from its cells; undefined while a distribution is not over. */
export function releaseOutcome(
  distributions: readonly DistributionState[],
  { cells, done, kept = 0 }: Pick<Tally, 'cells' | 'done'> & Partial<Pick<Tally, 'kept'>>,
): ReleaseOutcome | undefined {
  if (distributions.length === 0 || !distributions.every(distributionHasEnded)) return undefined;
  // A back-out that failed leaves something there, so the release is not without effect.
  if (done === 0 && kept === 0) return 'FAILED';
  return done === cells ? 'DEPLOYED' : 'PARTIALLY_DEPLOYED';
}

/**
 * The outcome of a change, from the cells of its own targets. It counts as backed out when something was returned and
 * nothing is left, apart from what a person decided to leave. What is left of a release that was backed out is no
 * success of a change.
 */
export function changeOutcome({
  cells,
  done,
  returned,
  owed,
  residual,
}: Pick<Tally, 'cells' | 'done' | 'returned' | 'owed' | 'residual'>): ChangeOutcome {
  if (returned > 0 && owed === 0) return 'BACKED_OUT';
  return cells > 0 && done === cells && residual === 0 ? 'SUCCESSFUL' : 'UNSUCCESSFUL';
}
