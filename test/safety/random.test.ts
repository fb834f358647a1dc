import { expectNoViolation } from './sequences.js';

// Always the same ones, so that a failure has something to do with the change; `npm run test:safety` plays new ones.
expectNoViolation(
  Array.from({ length: 30 }, (_, index) => index + 1),
  300_000,
);
