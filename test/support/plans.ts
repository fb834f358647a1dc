/** Day and time of tests about plans, all in one month. */
export const on = (day: number, hour = 0): string => new Date(Date.UTC(2027, 0, day, hour)).toISOString();

/** A task of a template with what matters in a test; the rest are defaults. */
export const templateTask = (key: string, more: Record<string, unknown> = {}) => ({
  key,
  name: key,
  role: 'RELEASE_MANAGER',
  ...more,
});

/**
 * The template of the tool mentor's example: an operating system security patch skips building and testing where the
 * target is a desktop of little importance, and goes through all of it where a critical server is a target.
 */
export const patchPlan = {
  phases: [
    { key: 'plan', name: 'Plan', releaseState: 'PLANNING', tasks: [templateTask('scope', { durationMinutes: 60 })] },
    {
      key: 'build',
      name: 'Build',
      releaseState: 'BUILDING',
      tasks: [templateTask('package', { after: ['scope'], startOffsetMinutes: 60, durationMinutes: 120 })],
    },
    {
      key: 'test',
      name: 'Test',
      releaseState: 'TESTING',
      tasks: [
        templateTask('regression', {
          kind: 'TEST',
          role: 'TEST_MANAGER',
          mandatory: true,
          after: ['package'],
          startOffsetMinutes: 180,
          durationMinutes: 240,
        }),
      ],
    },
    {
      key: 'install',
      name: 'Install',
      releaseState: 'DISTRIBUTING',
      tasks: [
        templateTask('watch', {
          role: 'DEPLOYMENT_OPERATOR',
          after: ['regression'],
          startOffsetMinutes: 420,
          durationMinutes: 60,
        }),
      ],
    },
  ],
  skipRules: [
    {
      states: ['BUILDING', 'TESTING'],
      when: { releaseKinds: ['PATCH'], ciClasses: ['DESKTOP', 'LAPTOP'], maxCriticality: 'MEDIUM' },
    },
  ],
  requires: { backOutPlan: true, testEvidence: true },
};
