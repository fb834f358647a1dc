/** How the parts of the conformance kit contribute their cases. */
import type { AdapterModule, Capabilities } from '../adapter.js';
import type { ConformanceFixtures } from './fixtures.js';
import type { World } from './world.js';

/** What a part of the kit sees: the subject, and where to put cases. */
export interface CaseList {
  readonly module: AdapterModule;
  readonly fixtures: ConformanceFixtures;
  /** What the connected instance promises; cases are added only for what is promised. */
  readonly capabilities: Capabilities;
  /** Add a case: its name, the capability that calls for it, and what to do in a world of its own. */
  add(name: string, capability: string | undefined, run: (world: World) => Promise<void>): void;
}
