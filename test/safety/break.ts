import type { Machine } from '../../src/domain/state-machine.js';
import { Script } from './script.js';
import type { Answer, Stage } from './stage.js';
import type { Shelf } from './world.js';

/** A machine, or anything else with rows of guards. */
interface Rules {
  readonly name: string;
  readonly rows: readonly { readonly guards?: readonly Function[] }[];
}

/** A rule that is taken out of its machine, and something unsafe that it alone prevents. */
export interface Break {
  readonly guards: readonly (readonly [Rules, Function])[];
  /** Whole rows that are taken out, where the rule is what the server does by itself and not what it refuses. */
  readonly rows?: readonly (readonly [Machine<any, any, any>, command: string, from: string])[];
  /** Set where the server is to forget who contributed: it reads a table that nothing is written to. */
  readonly forgets?: true;
  /** The promise that is broken without it. */
  readonly promise: string;
  /** Does something unsafe. @returns the answers of the commands that the rule has to refuse, if it refuses any */
  readonly unsafe: (stage: Stage, shelf: Shelf) => Promise<Answer[]>;
}

/** A booked release with a scheduled distribution, a minute into its slot. */
export async function due(stage: Stage, shelf: Shelf, ...targets: Parameters<typeof Script.begin>[2]): Promise<Script> {
  const script = await Script.begin(stage, shelf, targets);
  await script.untilDistribution('SCHEDULED');
  return script;
}

/** Has a release delivered, so that its back-out has something to return. */
export async function delivered(stage: Stage, shelf: Shelf): Promise<Script> {
  const script = await Script.begin(stage, shelf, ['web']);
  await script.startInSlot();
  await stage.pass(90, 30);
  return script;
}
