// What test files import as '@jest/globals', evaluated anew for each of them.
const { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } =
  globalThis[Symbol.for('interlock.test.globals')];
export { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test };
