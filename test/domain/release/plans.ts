import type { TemplatePlan, TemplateTask } from '../../../src/domain/release/template.js';

/** Builders of template plans. */
export const task = (key: string, over: Partial<TemplateTask> = {}): TemplateTask => ({
  key,
  name: `Task ${key}`,
  description: '',
  kind: 'MANUAL',
  role: null,
  mandatory: false,
  after: [],
  startOffsetMinutes: 0,
  durationMinutes: 0,
  ...over,
});
export const phase = (
  key: string,
  releaseState: TemplatePlan['phases'][number]['releaseState'],
  ...tasks: TemplateTask[]
) => ({
  key,
  name: key,
  releaseState,
  tasks,
});
export const plan = (...phases: TemplatePlan['phases'][number][]): TemplatePlan => ({
  phases,
  skipRules: [],
  requires: { backOutPlan: true, testEvidence: true },
});

/**
 * The tool mentor's example: a security patch of an operating system goes straight to desktops, but not to critical
 * servers.
 */
export const patch: TemplatePlan = {
  ...plan(
    phase('plan', 'PLANNING', task('scope')),
    phase('test', 'TESTING', task('try', { after: ['scope'] })),
    phase('ship', 'DISTRIBUTING', task('watch', { after: ['try'] })),
  ),
  skipRules: [
    {
      states: ['BUILDING', 'TESTING', 'ACCEPTED'],
      when: { releaseKinds: ['PATCH'], ciClasses: ['DESKTOP', 'LAPTOP'] },
    },
    { states: ['BUILDING'], when: { releaseKinds: ['PATCH'], ciClasses: ['SERVER'], maxCriticality: 'MEDIUM' } },
    { states: ['COMMUNICATED'], when: { packagings: ['DELTA'] } },
  ],
};
