/** Processor time of this thread, in microseconds. A busy machine does not add to it. */
const spent = (): number => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};

function cost(work: () => void): number {
  const before = spent();
  work();
  return spent() - before;
}

/**
 * How many times as much processor time `large` takes as `small`. The least of five runs of each counts, and they take
 * turns, so that neither has the warm code for itself.
 */
export function growth(small: () => void, large: () => void): number {
  let [ofSmall, ofLarge] = [Infinity, Infinity];
  for (let run = 0; run < 5; run++) {
    ofSmall = Math.min(ofSmall, cost(small));
    ofLarge = Math.min(ofLarge, cost(large));
  }
  return ofLarge / ofSmall;
}
