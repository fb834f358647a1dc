import { ADAPTER_ERRORS, AdapterError, isAdapterError, type AdapterErrorCode } from '../../adapters/adapter.js';
import type { HostedAdapter } from '../../adapters/hosted-adapter.js';
import { LeaseLost } from '../../services/distribution/distribution-run.service.js';
import type { Lease } from './run-lease.js';
import type { AppServices } from '../../app-services.js';

/** Maximum time for one answer of a tool, in milliseconds. */
export const CALL_TIMEOUT_MS = 30_000;
/** Maximum time for a tool to accept an order, which may include reading media, in milliseconds. */
export const SUBMIT_TIMEOUT_MS = 120_000;

/** Errors that mean that the tool itself is not healthy; they count for its circuit breaker. */
const UNWELL: readonly AdapterErrorCode[] = ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'RESOURCE_EXHAUSTED'];

/** The answer of a tool, or why there is none. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: AdapterError; readonly retry: 'never' | 'backoff' | 'reconcile' };

/**
 * Calls a tool: outside any transaction, with a time limit, and aborted when the lease is lost. Every failure is
 * returned as an {@link AdapterError}. A tool whose circuit is open, or that this process is not connected to, is not
 * called.
 * @throws LeaseLost when another process has the run now or this one stops: then the failure says nothing about the
 *   tool.
 */
export async function callTool<T>(
  services: AppServices,
  lease: Pick<Lease, 'signal'>,
  tool: string,
  timeoutMs: number,
  call: (adapter: HostedAdapter, signal: AbortSignal) => Promise<T>,
): Promise<Answer<T>> {
  const entry = services.adapters.entry(tool);
  if (entry?.status !== 'connected') {
    const error = new AdapterError(
      'UNAVAILABLE',
      `This server process is not connected to the tool: ${entry?.reason ?? 'it is not in the tools file'}.`,
    );
    return { ok: false, retry: 'backoff', error };
  }
  const open = services.breakers.openUntil(tool, services.clock());
  if (open !== undefined) {
    const retryAfterMs = open.getTime() - services.clock().getTime();
    return {
      ok: false,
      retry: 'backoff',
      error: new AdapterError('UNAVAILABLE', 'The tool failed to answer several times and is not called for a while.', {
        retryAfterMs,
      }),
    };
  }
  try {
    const value = await call(
      services.adapters.get(tool),
      AbortSignal.any([lease.signal, AbortSignal.timeout(timeoutMs)]),
    );
    services.breakers.succeeded(tool);
    return { ok: true, value };
  } catch (error) {
    if (lease.signal.aborted) throw new LeaseLost('that was being driven');
    if (!isAdapterError(error)) throw error;
    if (UNWELL.includes(error.code)) services.breakers.failed(tool, services.clock());
    return { ok: false, error, retry: ADAPTER_ERRORS[error.code].retry };
  }
}
