/** How an adapter is made wrong: one method of the right one is replaced. */
import type { AdapterModule } from '../../../../src/adapters/adapter.js';
import type { RightAdapter } from './right-adapter.js';

/** An adapter that is wrong in one way. */
export interface WrongAdapter {
  /** The cases that must find it. */
  readonly finds: readonly [string, ...string[]];
  /** Changes an instance. */
  readonly instance?: (right: RightAdapter) => void;
  /** Changes the module. */
  readonly module?: (right: AdapterModule) => Partial<AdapterModule>;
}

/** Wrong adapters by what is wrong with them. */
export type WrongAdapters = Readonly<Record<string, WrongAdapter>>;

type Methods = {
  [M in keyof RightAdapter as RightAdapter[M] extends (...args: never[]) => unknown ? M : never]: RightAdapter[M];
};

/** Replaces a method. @param make gets the right method, and the instance */
export function method<M extends keyof Methods>(
  name: M,
  make: (own: Methods[M], right: RightAdapter) => Methods[M],
): (right: RightAdapter) => void {
  return (right) => {
    const methods = right as Methods;
    const own = methods[name] as unknown as (...args: unknown[]) => unknown;
    methods[name] = make(own.bind(right) as unknown as Methods[M], right);
  };
}
