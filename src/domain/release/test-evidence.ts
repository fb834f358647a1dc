import { blocker, type Blocker, type NamedRef } from '../blocker.js';
import type { Guard } from '../state-machine.js';
import type { ReleaseState } from './release.state.js';
import type { TaskKind } from './task.machine.js';
import type { TemplateRequirements } from './template.js';

/** What a release without a template must have before it is accepted, whatever its targets are. */
export const REQUIREMENTS_WITHOUT_TEMPLATE: TemplateRequirements = { backOutPlan: true, testEvidence: false };

/**
 * What a release must have before it is accepted. A critical target requires everything, also without a template and
 * when the template skips testing.
 * @param template what its template requires; null for a release without a template.
 */
export function requirementsOf(
  template: TemplateRequirements | null,
  skipped: readonly ReleaseState[],
  criticalTargets: readonly NamedRef[],
): TemplateRequirements {
  const { backOutPlan, testEvidence } = template ?? REQUIREMENTS_WITHOUT_TEMPLATE;
  const critical = criticalTargets.length > 0;
  return {
    backOutPlan: backOutPlan || critical,
    testEvidence: (testEvidence && !skipped.includes('TESTING')) || critical,
  };
}

/** Kinds of task that, in a phase of BUILDING, make the people who work on them builders of the package. */
export const BUILDING_TASK_KINDS = ['MANUAL', 'HARDWARE', 'DISTRIBUTION'] as const satisfies readonly TaskKind[];

/** A media version with the digest of its bytes; null while it has no bytes. */
export interface DigestedMedia extends NamedRef {
  readonly digest: string | null;
}

/** A completed task of kind TEST, with its evidence. */
export interface CompletedTest extends NamedRef {
  /** Person who completed it; they held TEST_MANAGER then. Null where nobody recorded that. */
  readonly testerId: string | null;
  /** The package as it was then; empty where nothing was in it. */
  readonly testedOn: readonly DigestedMedia[];
}

/** What the rule about test evidence needs to know. */
export interface TestEvidenceFacts {
  readonly testEvidenceRequired: boolean;
  /** Targets on which work can harm something critical. */
  readonly criticalTargets: readonly NamedRef[];
  /** The package as it is now. */
  readonly contents: readonly DigestedMedia[];
  /** The completed tests of the release, newest first. */
  readonly completedTests: readonly CompletedTest[];
  /** Everybody who planned the release, worked on its building, or registered, uploaded or packed its content. */
  readonly contributorIds: readonly string[];
}

const TESTERS = ['TEST_MANAGER', 'RELEASE_MANAGER'] as const;
const AGAIN = 'Add a task of kind TEST and have a test manager complete it.';

function differences({ contents }: TestEvidenceFacts, test: CompletedTest): Blocker[] {
  const stale = (media: NamedRef, what: string): Blocker =>
    blocker('TEST_EVIDENCE_STALE', `${media.name} ${what}. ${AGAIN}`, TESTERS, {
      subject: { type: 'DmlItemVersion', id: media.id },
      via: [{ type: 'Task', id: test.id }],
    });
  const before = new Map(test.testedOn.map((media) => [media.id, media]));
  const now = new Set(contents.map(({ id }) => id));
  return [
    ...contents.flatMap((media) => {
      const known = before.get(media.id);
      if (known === undefined) return stale(media, `was not in the package when "${test.name}" tested it`);
      return media.digest !== null && known.digest === media.digest
        ? []
        : stale(media, `does not have the bytes that "${test.name}" tested`);
    }),
    ...test.testedOn
      .filter(({ id }) => !now.has(id))
      .map((media) => stale(media, `was in the package when "${test.name}" tested it, and no longer is`)),
  ];
}

function nothingIsTested({ criticalTargets, contributorIds, completedTests }: TestEvidenceFacts): Blocker {
  const [critical] = criticalTargets;
  const who =
    critical === undefined
      ? 'The template requires'
      : `Work on ${critical.name} can harm something CRITICAL, which requires`;
  const own = completedTests.find(({ testerId }) => testerId !== null && contributorIds.includes(testerId));
  if (own !== undefined)
    return blocker(
      'SELF_APPROVAL',
      `${who} evidence of a test by somebody who took no part in the work, which "${own.name}" does not provide. ` +
        `${AGAIN}`,
      TESTERS,
      { subject: { type: 'Task', id: own.id } },
    );
  return blocker(
    'TEST_EVIDENCE_MISSING',
    `${who} evidence of a test of the package, and there is none. ${AGAIN}`,
    TESTERS,
    critical === undefined ? {} : { subject: { type: 'ConfigurationItem', id: critical.id } },
  );
}

/**
 * Where evidence of a test is required, a test manager who had no part in the work has tested exactly what is in the
 * package now. Each difference from the newest such test is a blocker of its own.
 */
export const packageIsTested: Guard<TestEvidenceFacts> = (facts) => {
  if (!facts.testEvidenceRequired) return undefined;
  const independent = facts.completedTests.filter(
    ({ testerId, testedOn }) => testerId !== null && testedOn.length > 0 && !facts.contributorIds.includes(testerId),
  );
  const [newest] = independent;
  if (newest === undefined) return nothingIsTested(facts);
  return independent.some((test) => differences(facts, test).length === 0) ? undefined : differences(facts, newest);
};
