/**
 * Every way in which an adapter can break a rule of the conformance kit: the known-bad input by which the kit itself is
 * checked.
 */
import type { AdapterModule } from '../../../../src/adapters/adapter.js';
import { right, type RightAdapter } from './right-adapter.js';
import { WRONG_REPORTS } from './wrong-reports.js';
import { WRONG_STARTS } from './wrong-starts.js';
import type { WrongAdapters } from './rework.js';

/** All of them, by what is wrong. */
export const WRONG_ADAPTERS: WrongAdapters = { ...WRONG_STARTS, ...WRONG_REPORTS };

/** The module of a wrong adapter. @param name one of {@link WRONG_ADAPTERS} */
export function wrongAdapter(name: string): AdapterModule {
  const wrong = WRONG_ADAPTERS[name];
  if (wrong === undefined) throw new Error(`There is no wrong adapter "${name}".`);
  return {
    ...right,
    ...wrong.module?.(right),
    create: async (config, context) => {
      const instance = (await right.create(config, context)) as RightAdapter;
      wrong.instance?.(instance);
      return instance;
    },
  };
}

/** Where another process finds it: this file with the name behind it. */
export const entryOf = (name: string): string =>
  `${new URL('./wrong-adapter-entry.ts', import.meta.url).href.split('?')[0]}?wrong=${encodeURIComponent(name)}`;
