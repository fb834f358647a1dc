import { expectNoViolation } from './sequences.js';

// A few known sequences, and some that nobody has seen; `npm run test:safety` plays thousands.
const fresh = Math.floor(Math.random() * 1_000_000_000);
expectNoViolation(
  [...Array.from({ length: 20 }, (_, index) => index + 1), ...Array.from({ length: 10 }, (_, index) => fresh + index)],
  300_000,
);
