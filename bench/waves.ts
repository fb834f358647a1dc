import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import {
  membersToKeep,
  planWaves,
  wavesOfGroups,
  type RedundancyGroup,
  type TargetGroupMembers,
  type WaveStrategy,
  type WaveTarget,
} from '../src/domain/distribution/wave-plan.js';

const HELP = `npm run bench:waves -- [options]
  --quick   1k and 10k targets only
Divides targets into waves: 1k, 10k and 100k of them, in clusters of two and of three. The peer is what any division
costs at least: the targets sorted and cut into pieces. Times are processor time of this thread.`;

const { values: args } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
});
if (args.help) {
  console.log(HELP);
  process.exit(0);
}
const SIZES = args.quick ? [1_000, 10_000] : [1_000, 10_000, 100_000];
const SAMPLES = 3;

const targetsOf = (count: number): WaveTarget[] =>
  Array.from({ length: count }, (_, n) => ({ id: `t${n}`, name: `host-${(n * 7_919) % count}`, rank: n % 4 }));

/** Clusters of some size; each member is a target. */
const clusters = (count: number, size: number): RedundancyGroup[] =>
  Array.from({ length: Math.floor(count / size) }, (_, group) => ({
    id: `g${group}`,
    name: `cluster-${group}`,
    keep: membersToKeep(size),
    members: Array.from({ length: size }, (_, n) => {
      const id = `t${group * size + n}`;
      return { id, name: id, takenBy: [id], down: false };
    }),
  }));

/** Target groups of which each has a hundredth of the targets, and the next one half of them again. */
const targetGroups = (targets: readonly WaveTarget[]): TargetGroupMembers[] =>
  Array.from({ length: 100 }, (_, group) => {
    const size = Math.floor(targets.length / 100);
    const members = targets.slice(group * size - Math.floor(size / 2) * Number(group > 0), (group + 1) * size);
    return { name: `group-${group}`, memberIds: new Set(members.map(({ id }) => id)) };
  });

const spent = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};

/** A sample takes at least this long, in milliseconds, because some kernels count processor time in steps. */
const SAMPLE_MS = 100;

/** Least processor time of one run, over several samples of as many runs as the clock needs. In milliseconds. */
function least(work: () => void): number {
  const sample = (times: number) => {
    const before = spent();
    for (let run = 0; run < times; run++) work();
    return spent() - before;
  };
  let times = 1;
  while (sample(times) < SAMPLE_MS) times *= 2;
  return Math.min(...Array.from({ length: SAMPLES }, () => sample(times))) / times;
}

function peer(targets: readonly WaveTarget[]): number {
  const ordered = targets.toSorted((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1));
  const pieces: WaveTarget[][] = [];
  for (let from = 0; from < ordered.length; from += 100) pieces.push(ordered.slice(from, from + 100));
  return pieces.length;
}

const LINES: readonly (readonly [name: string, strategy: WaveStrategy, clusterSize: number])[] = [
  ['COUNT', { by: 'COUNT', sizes: [100] }, 0],
  ['REDUNDANCY, pairs', { by: 'REDUNDANCY' }, 2],
  ['REDUNDANCY, threes', { by: 'REDUNDANCY' }, 3],
  ['REDUNDANCY, pairs, 100 a wave', { by: 'REDUNDANCY', maxSize: 100 }, 2],
];

const print = (name: string, count: number, own: number, bare: number) => {
  const figures = [own.toFixed(2), ((own * 1_000) / count).toFixed(2), bare.toFixed(2), (own / bare).toFixed(1)];
  console.log(`${name.padEnd(32)}${String(count).padStart(9)}   ${figures.map((text) => text.padEnd(10)).join('')}`);
};

console.log(`${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`);
console.log('strategy                          targets   ms      us/target   peer ms   times peer');
for (const [name, strategy, size] of LINES)
  for (const count of SIZES) {
    const targets = targetsOf(count);
    const groups = size === 0 ? [] : clusters(count, size);
    print(
      name,
      count,
      least(() => void planWaves(strategy, targets, groups)),
      least(() => void peer(targets)),
    );
  }
for (const count of SIZES) {
  const targets = targetsOf(count);
  const ids = targets.map(({ id }) => id);
  const groups = targetGroups(targets);
  print(
    'GROUP, 100 groups',
    count,
    least(() => void wavesOfGroups(ids, groups)),
    least(() => void peer(targets)),
  );
}
