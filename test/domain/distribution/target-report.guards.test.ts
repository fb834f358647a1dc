import { describe, expect, test } from '@jest/globals';
import { RUN_STATES } from '../../../src/domain/distribution/distribution-run.js';
import { TARGET_STATES } from '../../../src/domain/distribution/observation.js';
import { targetReportBlockers, type TargetReportFacts } from '../../../src/domain/distribution/target-report.guards.js';

const good: TargetReportFacts = {
  distribution: { id: 'distribution-1', name: 'DST-1', state: 'RUNNING' },
  run: 'SUBMITTED',
  tool: { id: 'tool-1', name: 'manual', reportedByPeople: true },
  state: 'SUCCEEDED',
  hasEvidence: true,
  hasReason: true,
};
const codes = (fault: Partial<TargetReportFacts>) =>
  targetReportBlockers({ ...good, ...fault }).map(({ code, path }) => [code, ...(path ?? [])].join(' '));

describe('a report of a person about a target', () => {
  test('needs a run that the tool has or had', () => {
    expect(RUN_STATES.filter((run) => codes({ run }).length === 0)).toEqual(['SUBMITTED', 'FINISHED']);
    expect(codes({ run: null, hasEvidence: false })).toEqual(['ILLEGAL_TRANSITION']);
  });

  test('needs evidence for a success and a reason for everything else but an installation that goes on', () => {
    expect(codes({ hasEvidence: false })).toEqual(['EVIDENCE_MISSING evidence']);
    expect(codes({ hasReason: false })).toEqual([]);
    expect(TARGET_STATES.filter((state) => codes({ state, hasReason: false, hasEvidence: true }).length === 0)).toEqual(
      ['INSTALLING', 'SUCCEEDED'],
    );
    expect(codes({ state: 'FAILED', hasReason: false })).toEqual(['EVIDENCE_MISSING reason']);
  });

  test('is refused with everything that is wrong at once', () => {
    const tool = { ...good.tool, reportedByPeople: false };
    expect(codes({ tool, hasEvidence: false })).toEqual(['ADAPTER_UNSUPPORTED', 'EVIDENCE_MISSING evidence']);
  });
});
