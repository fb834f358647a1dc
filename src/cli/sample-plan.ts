import type { PlanInput } from '../services/release/release-template.service.js';

const task = (
  key: string,
  name: string,
  role: PlanInput['phases'][number]['tasks'][number]['role'],
  kind: PlanInput['phases'][number]['tasks'][number]['kind'],
  after: readonly string[],
  startOffsetMinutes: number,
  durationMinutes: number,
) => ({
  key,
  name,
  description: '',
  kind,
  role,
  mandatory: kind === 'TEST',
  after: [...after],
  startOffsetMinutes,
  durationMinutes,
});

/**
 * The plan of the sample template. Releases that only affect desktops of low criticality may skip building and testing.
 */
export const SAMPLE_PLAN: PlanInput = {
  phases: [
    {
      key: 'planning',
      name: 'Planning',
      releaseState: 'PLANNING',
      tasks: [
        task('scope', 'Agree the scope', 'RELEASE_MANAGER', 'MANUAL', [], 0, 120),
        task('back-out', 'Write the back-out plan', 'RELEASE_MANAGER', 'MANUAL', ['scope'], 120, 60),
      ],
    },
    {
      key: 'building',
      name: 'Building',
      releaseState: 'BUILDING',
      tasks: [task('package', 'Assemble the package', 'DML_LIBRARIAN', 'MANUAL', ['back-out'], 1_440, 240)],
    },
    {
      key: 'testing',
      name: 'Testing',
      releaseState: 'TESTING',
      tasks: [task('trial', 'Trial installation', 'TEST_MANAGER', 'TEST', ['package'], 2_880, 240)],
    },
    {
      key: 'communication',
      name: 'Communication',
      releaseState: 'SCHEDULED',
      tasks: [task('tell', 'Tell the stakeholders', 'RELEASE_MANAGER', 'COMMUNICATION', ['trial'], 4_320, 60)],
    },
  ],
  skipRules: [{ states: ['BUILDING', 'TESTING'], when: { ciClasses: ['DESKTOP', 'LAPTOP'], maxCriticality: 'LOW' } }],
  requires: { backOutPlan: true, testEvidence: true },
};
