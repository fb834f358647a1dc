import type { Adapter, AdapterModule, Capabilities } from '../../src/adapters/adapter.js';
import { simulator } from '../../plugins/simulator/simulator.adapter.js';

/**
 * The simulator as another tool: with other promises, or with single methods that behave otherwise. What is not changed
 * is the real simulator, so its runs can be counted in its files.
 * @param rework gives the methods that differ; `inner` is the simulator behind them.
 */
export function reworked(
  id: string,
  rework: (inner: Adapter) => Partial<Adapter>,
  promises: Partial<Capabilities> = {},
): AdapterModule {
  return {
    ...simulator,
    id,
    capabilities: (config) => ({ ...simulator.capabilities(config), ...promises }),
    create: async (config, context) => {
      const inner = await simulator.create(config, context);
      const own = <T extends { readonly adapterId: string } | null>(handle: T): T =>
        handle && { ...handle, adapterId: id };
      return {
        probe: (signal) => inner.probe(signal),
        preflight: (request, signal) => inner.preflight(request, signal),
        submit: async (request, signal) => own(await inner.submit(request, signal)),
        find: async (key, signal) => own(await inner.find(key, signal)),
        observe: (handle, cursor, signal) => inner.observe(handle, cursor, signal),
        cancel: (handle, options, signal) => inner.cancel(handle, options, signal),
        close: () => inner.close(),
        ...rework(inner),
      };
    },
  };
}
