/** Processor time of this thread, in microseconds. A busy machine does not add to it. */
const spent = (): number => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};

/** What one sample costs at least, in microseconds. Some kernels count the time of a thread in steps of some ms. */
const SAMPLE = 40_000;

function cost(work: () => void, times: number): number {
  const before = spent();
  for (let time = 0; time < times; time++) work();
  return spent() - before;
}

/** How often `work` must run so that the clock can measure it. */
function repetitions(work: () => void): number {
  let times = 1;
  while (cost(work, times) < SAMPLE) times *= 2;
  return times;
}

/**
 * How many times as much processor time `large` takes as `small`. The least of five samples of each counts, and they
 * take turns, so that neither has the warm code for itself.
 */
export function growth(small: () => void, large: () => void): number {
  const times = repetitions(small);
  let [ofSmall, ofLarge] = [Infinity, Infinity];
  for (let sample = 0; sample < 5; sample++) {
    ofSmall = Math.min(ofSmall, cost(small, times));
    ofLarge = Math.min(ofLarge, cost(large, times));
  }
  return ofLarge / ofSmall;
}
