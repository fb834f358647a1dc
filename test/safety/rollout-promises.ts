/** The promises about rollouts, stated a second time and independently, as the others are. */
import type { Deed, End, Report, SafetyLog, Start } from './log.js';
import { deedsOn, looksForDrift } from './seen.js';

type Order = Start & { readonly key: string };

/** Orders that reached the tool, those of a back-out by the tool itself aside. */
const orders = ({ starts }: SafetyLog): Order[] =>
  starts.filter((start): start is Order => start.key !== undefined && start.kind !== 'back-out');

const called = ({ distribution, release, how }: Start) => `${distribution.number} of ${release.number}, ${how},`;

const inBackOut = ({ kind, release }: Start): boolean => kind === 'back-out' || release.state === 'BACKING_OUT';

/** The last value of a field that people gave a distribution before a number of deeds. */
const given = (log: SafetyLog, id: string, field: string, before = Infinity): unknown =>
  deedsOn({ ...log, deeds: log.deeds.slice(0, before) }, id, 'distributionPlan', 'distributionUpdate').findLast(
    ({ input }) => input[field] !== undefined,
  )?.input[field];

/** Commands by which a person begins the work of a distribution. */
const BY_PEOPLE = ['distributionStart', 'distributionRetryFailed', 'taskStart'];

/** How often a person had begun a distribution before an order. A task of the release may have begun it, too. */
const begunByPeople = (log: SafetyLog, { distribution, release, deeds }: Start): number =>
  log.deeds
    .slice(0, deeds)
    .filter(
      ({ command, on, release: of }) =>
        BY_PEOPLE.includes(command) && (on === distribution.id || (command === 'taskStart' && of === release.id)),
    ).length;

/** Orders of distributions without waves, each with those before it since a person began: retries by the server. */
function* retries(log: SafetyLog): Generator<{ readonly order: Order; readonly before: number }> {
  const seen = new Map<string, number>();
  for (const order of orders(log).filter(({ waved }) => waved === false)) {
    const turn = `${order.distribution.id} ${begunByPeople(log, order)}`;
    const before = seen.get(turn) ?? 0;
    seen.set(turn, before + 1);
    yield { order, before };
  }
}

const isOf = (number: string) => (report: Report) => report.key.replace(/-\d+$/, '') === number;

/** Targets on which a distribution succeeded: by its own reports, or confirmed by a check of the release. */
function succeeded(log: SafetyLog, { known, number, release, targets }: End): string[] {
  const reports = log.reports.slice(0, known).filter((report) => report.release === release);
  return targets.filter((target) => {
    const there = reports.filter((report) => report.target === target && report.outcome !== 'ordered');
    const own = there.filter(isOf(number));
    const last = own.at(-1);
    if (last?.outcome === 'succeeded') return true;
    const after = there.slice(last === undefined ? there.length : there.lastIndexOf(last) + 1);
    const confirmed = after.some(({ outcome, operation }) => outcome === 'succeeded' && operation === 'verify');
    return last?.outcome === 'unverified' && confirmed;
  });
}

/** Whether so many successes are enough, by the policy that the distribution was planned with. */
function isEnough(log: SafetyLog, end: End, done: readonly string[]): boolean {
  const policy = given(log, end.id, 'outcomePolicy') ?? 'ALL';
  if (policy === 'AT_LEAST_PERCENT')
    return done.length * 100 >= end.targets.length * Number(given(log, end.id, 'outcomePercent'));
  if (policy === 'ALL') return done.length === end.targets.length;
  const judged = deedsOn(log, end.id, 'distributionSchedule', 'distributionApprove').at(-1)?.scope?.targets ?? [];
  const critical = judged.filter(({ effective = 0 }) => effective >= 3).map(({ id }) => id);
  return end.targets.every((target) => !critical.includes(target) || done.includes(target));
}

const wasBackedOut = (log: SafetyLog, { id }: End): boolean =>
  log.starts.some(({ kind, distribution }) => kind === 'back-out' && distribution.id === id);

const lastJudgement = (log: SafetyLog, { distribution, deeds }: Start): Deed | undefined =>
  log.deeds
    .slice(0, deeds)
    .findLast(
      ({ on, command }) =>
        on === distribution.id && (command === 'distributionSchedule' || command === 'distributionApprove'),
    );

/** The promises by name. */
export const ROLLOUT_PROMISES: Readonly<Record<string, (log: SafetyLog) => string[]>> = {
  'never an order that its tool has just refused': (log) =>
    orders(log)
      .filter(({ checked }) => checked !== 'ok')
      .map((order) => `${called(order)} ${order.checked === 'block' ? 'was blocked by' : 'had no'} preflight`),

  'never a start before the tasks that its plan puts first': (log) =>
    log.starts
      .filter((start) => start.kind !== 'back-out')
      .flatMap((start) => start.tasksBefore.map((task) => `${called(start)} starts before ${task}`)),

  'never more targets at a time than a limit allows': (log) =>
    log.starts
      .filter((start) => !inBackOut(start))
      .flatMap((start) =>
        start.crowds
          .filter(({ limit, atWork }) => atWork > limit)
          .map(({ name, limit, atWork }) => `${called(start)} makes it ${atWork} targets of ${name}, not ${limit}`),
      ),

  'never a retry by itself that its plan does not allow or that cannot help': (log) =>
    [...retries(log)].flatMap(({ order, before }) => {
      const limit = Number(given(log, order.distribution.id, 'retryLimit', order.deeds) ?? 0);
      if (before > limit) return [`${called(order)} is retry ${before} of ${limit}`];
      const anyway = given(log, order.distribution.id, 'retryReasons', order.deeds) as readonly string[] | undefined;
      if (before === 0 || anyway?.includes('FAILED') === true) return [];
      const earlier = log.reports.slice(0, order.known).filter(isOf(order.distribution.number));
      return order.distribution.targets
        .map(({ id }) => earlier.findLast(({ target, outcome }) => target === id && outcome !== 'ordered'))
        .filter((last) => last?.outcome === 'failed' && last.retryable === false)
        .map((last) => `${called(order)} retries ${last?.target}, where no retry helps`);
    }),

  'never a success of a distribution that its policy does not allow': (log) => [
    ...log.ends
      .filter(({ noun, claim }) => noun === 'distribution' && claim === 'SUCCEEDED')
      .filter((end) => !wasBackedOut(log, end))
      .flatMap((end) => {
        const done = succeeded(log, end);
        return isEnough(log, end, done)
          ? []
          : [`${end.number} is SUCCEEDED with ${done.length} of ${end.targets.length} targets`];
      }),
    ...log.deeds
      .filter(({ input }) => input['outcomePolicy'] !== undefined && input['outcomePolicy'] !== 'ALL')
      .filter(({ input }) => input['outcomePercent'] !== 100) // that is all of them
      .filter(({ by, runners }) => runners?.includes(by) === false)
      .map(({ by, on }) => `${by}, who does not run the release, relaxes the policy of ${on}`),
  ],

  'never other targets than those that were approved or scheduled': (log) =>
    log.starts
      .filter((start) => start.kind === 'first' && !looksForDrift(start))
      .flatMap((start) => {
        const approved = lastJudgement(log, start)?.targets;
        if (approved === undefined) return [`${called(start)} was neither approved nor scheduled`];
        return start.distribution.targets
          .filter(({ id }) => !approved.includes(id))
          .map(({ name }) => `${called(start)} works on ${name}, which was not there then`);
      }),
};

/**
 * Promises that no single rule of a machine keeps, and what does. So no rule can be taken away to show that the oracle
 * sees it; `promises.test.ts` shows it with logs.
 */
export const KEPT_BY_THE_COURSE: Readonly<Record<string, string>> = {
  'never an order that its tool has just refused': 'the dispatch of an order',
  'never a retry by itself that its plan does not allow or that cannot help': 'the retry policy',
  'never a success of a distribution that its policy does not allow': 'the roll-up of targets, and the plan',
  'never other targets than those that were approved or scheduled': 'the plan, which is frozen by then',
};
