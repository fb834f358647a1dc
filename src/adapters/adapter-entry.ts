import type { Capabilities, JsonSchema } from './adapter.js';

/** How one instance stands. */
export interface AdapterEntry {
  readonly instance: string;
  /** `broken`: it could not be connected, `reason` says why; nothing can be done with it until that is put right. */
  readonly status: 'connected' | 'broken';
  readonly reason?: string;
  /** What the configuration calls the module. */
  readonly source: string;
  /** Known once the module could be loaded. */
  readonly module?: {
    readonly id: string;
    readonly version: string;
    readonly title: string;
    readonly configSchema: JsonSchema;
  };
  /** Known once connected. */
  readonly capabilities?: Capabilities;
  readonly targetSchema?: JsonSchema;
  readonly packageSchema?: JsonSchema;
}
