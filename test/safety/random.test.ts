import { expectNoViolation } from './sequences.js';

// Always the same ones, so that a failure has something to do with the change; `npm run test:safety` plays new ones. In
// the last one somebody reports too late, which is rare.
expectNoViolation([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 28], 300_000);
