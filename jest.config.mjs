/** Tests run by test/support/runner; real PostgreSQL comes from test/support/global-setup.mjs. */
export default {
  testEnvironment: 'node',
  testRunner: '<rootDir>/test/support/runner/runner.mjs',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/tools/',
    ...(process.env.INTERLOCK_TEST_PLUGINS ? [] : ['<rootDir>/test/plugins/']),
    ...(process.env.INTERLOCK_TEST_PROCESSES ? [] : ['<rootDir>/test/processes/']),
    ...(process.env.INTERLOCK_TEST_SAFETY ? [] : ['<rootDir>/test/safety/thousands/']),
    ...(process.env.INTERLOCK_TEST_FUZZ ? [] : ['<rootDir>/test/fuzz/']),
  ],
  transform: {},
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  testTimeout: 30_000,
  maxWorkers: 2,
};
