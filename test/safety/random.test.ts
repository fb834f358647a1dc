import { expectNoViolation } from './sequences.js';

// Always the same ones, so that a failure has something to do with the change; `npm run test:safety` plays new ones. In
// 143 a tool takes back what it delivered, in 51 a release made from a template is deployed, in 110 a success is held
// until it is verified, in 74 the server retries by itself, and in others a limit, a window, a preflight or a task that
// comes first stands in the way, or somebody reports too late: all of that is rare.
expectNoViolation([1, 3, 8, 20, 28, 29, 51, 68, 74, 102, 110, 143], 300_000);
