import type { Capabilities, JsonSchema } from './adapter.js';

/** The status of one instance. */
export interface AdapterEntry {
  readonly instance: string;
  /** `broken`: it could not be connected; `reason` states why. It cannot be used until that is fixed. */
  readonly status: 'connected' | 'broken';
  readonly reason?: string;
  /** The module as the configuration names it. */
  readonly source: string;
  /** Known once the module is loaded. */
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
  readonly parametersSchema?: JsonSchema;
}
