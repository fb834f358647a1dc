/** Tests are ES modules compiled by swc; real PostgreSQL comes from test/support/global-setup.mjs. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/tools/',
    ...(process.env.INTERLOCK_TEST_PROCESSES ? [] : ['<rootDir>/test/processes/']),
    ...(process.env.INTERLOCK_TEST_SAFETY ? [] : ['<rootDir>/test/safety/thousands/']),
    ...(process.env.INTERLOCK_TEST_FUZZ ? [] : ['<rootDir>/test/fuzz/']),
  ],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  setupFiles: ['reflect-metadata'],
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  testTimeout: 30_000,
  maxWorkers: 2,
};
