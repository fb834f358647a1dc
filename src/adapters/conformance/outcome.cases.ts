/** Does the adapter report every kind of end truthfully? */
import assert from 'node:assert/strict';
import type { TargetState } from '../adapter.js';
import type { CaseList } from './case-list.js';
import { assertEndsStay } from './assertions.js';
import { OUTCOMES, type OutcomeName, type Scenario } from './fixtures.js';

/** What holds for an end in every tool: undefined, or what is wrong with the states that targets ended in. */
const PROBLEMS: Readonly<Record<OutcomeName, (ends: readonly TargetState[]) => string | undefined>> = {
  'one fails': (ends) =>
    ends.includes('succeeded') && ends.some((end) => end === 'failed' || end === 'rejected')
      ? undefined
      : 'A target must have failed, and another one succeeded',
  'all fail': (ends) =>
    ends.every((end) => end === 'failed' || end === 'rejected') ? undefined : 'Every target must have failed',
  'one unreachable': (ends) =>
    ends.includes('succeeded') && ends.some((end) => end !== 'succeeded')
      ? undefined
      : 'The target that nobody reached cannot have succeeded, and the others have',
  'one missing': (ends) =>
    ends.some((end) => end === 'unknown' || end === 'skipped')
      ? undefined
      : 'A target that the tool says nothing about is unknown or was skipped',
  'tool error': (ends) =>
    ends.includes('succeeded') ? 'No target can have succeeded: the tool reached none' : undefined,
  'nothing done': (ends) =>
    ends.includes('succeeded') ? 'No target can have succeeded: the tool did nothing' : undefined,
  'unknown status': (ends) =>
    ends.includes('unknown') ? undefined : 'A status that nobody knows must make the target unknown',
  deadline: (ends) => (ends.every((end) => end === 'succeeded') ? 'A target must have run out of time' : undefined),
};

function outcomeCase({ add }: CaseList, scenario: Scenario): void {
  add(`outcome: ${scenario.name}`, undefined, async (world) => {
    const {
      expect,
      outcome,
      nativeStatus = {},
      name: _name,
      config,
      ...variation
    } = world.fixtures.scenarios?.find(({ name }) => name === scenario.name) ?? scenario;
    const adapter = await world.hosted(config);
    await world.tell(variation);
    const request = world.request(variation);
    const handle = await adapter.submit(request, world.patience());
    const { states, reports } = await world.follow(adapter, handle);
    for (const [ciId, wanted] of Object.entries(expect)) {
      assert.ok(
        [wanted].flat().includes(states[ciId] ?? 'unknown'),
        `${ciId} ended as ${states[ciId] ?? 'nothing'} instead of ${String(wanted)}`,
      );
    }
    for (const [ciId, wanted] of Object.entries(nativeStatus)) {
      const last = reports.findLast((report) => report.ciId === ciId);
      assert.equal(last?.nativeStatus, wanted, `The tool's own status of ${ciId} must come through verbatim`);
    }
    const wanted = new Set(request.targets.map((target) => target.ciId));
    for (const { ciId } of reports) assert.ok(wanted.has(ciId), `${ciId} was not requested`);
    assertEndsStay(reports);
    if (outcome === undefined) return;
    // A target without any report in a complete run is unknown to the core, too.
    const problem = PROBLEMS[outcome](request.targets.map(({ ciId }) => states[ciId] ?? 'unknown'));
    assert.equal(problem, undefined, problem);
  });
}

/** Cases about the ends of runs: those that the fixtures can bring about. */
export function outcomeCases(list: CaseList): void {
  const { capabilities, fixtures, lacks } = list;
  if (!capabilities.observe.includes('poll')) return;
  const scenarios = fixtures.scenarios ?? [];
  for (const scenario of scenarios) outcomeCase(list, scenario);
  for (const name of OUTCOMES.filter((outcome) => !scenarios.some((scenario) => scenario.outcome === outcome)))
    lacks(`outcome: ${name}`, `a scenario with "outcome": "${name}"`);
}
