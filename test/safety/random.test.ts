import { expectNoViolation } from './sequences.js';

// Always the same ones, so that a failure has something to do with the change; `npm run test:safety` plays new ones. In
// 20, 29, 33 and 42 a tool takes back what it delivered, in 30 a window that repeats forbids a start, in 33 and 47 a
// release made from a template is deployed, and in 4 and 33 somebody reports too late: all of that is rare.
expectNoViolation([1, 2, 3, 4, 8, 12, 20, 29, 30, 33, 42, 47, 1796796409, 1795796592], 300_000);
