/** How the parts of the conformance kit contribute their cases. */
import type { AdapterModule, Capabilities } from '../adapter.js';
import type { ConformanceFixtures } from './fixtures.js';
import type { World } from './world.js';

/** What a part of the kit sees: the subject, and where to put cases. */
export interface CaseList {
  readonly module: AdapterModule;
  readonly fixtures: ConformanceFixtures;
  /** The capabilities of the connected instance; only their cases are added. */
  readonly capabilities: Capabilities;
  /** True when the kit can start other processes with the adapter. */
  readonly hosts: boolean;
  /** Adds a case: its name, the capability that requires it, and what to do in a world of its own. */
  add(name: string, capability: string | undefined, run: (world: World) => Promise<void>): void;
  /** Notes what the kit could also check if the fixtures told more. @param needs the missing member of the fixtures */
  lacks(what: string, needs: string): void;
}
