/** What both transports offer: one call of the profile, with the values that its answer names. */
import { AdapterError, type ProbeReport, type SecretRef } from '../../src/adapters/adapter.js';
import type { Order } from './order.js';
import type { CallName } from './profile-format.js';
import type { Values } from './soap.js';
import { isCommand } from './tool-error.js';
import { unsendable } from './templates.js';

/** The settings of an instance, apart from its profile. */
export interface Connection {
  readonly baseUrl: string;
  readonly allowHttp?: boolean;
  readonly username: string;
  readonly password: SecretRef;
  readonly timeoutMs?: number;
  readonly maxResponseBytes?: number;
}

/** Default and maximum of the time for one call, in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 30_000;
export const MAX_TIMEOUT_MS = 60_000;
/** Answers are a few hundred bytes; whole ones are held in memory. */
export const DEFAULT_RESPONSE_BYTES = 262_144;

/** One way to reach the service. */
export interface Transport {
  /**
   * Calls the service.
   * @returns what the answer holds, by the names in the profile; a value that is not there is absent.
   * @throws AdapterError whose code says whether the call may have taken effect.
   */
  call(name: CallName, values: Values, signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  probe(signal: AbortSignal): Promise<ProbeReport>;
}

/** The error for an answer that does not say what it must. */
export function unclearAnswer(name: CallName, problem: string): AdapterError {
  return new AdapterError(
    isCommand(name) ? 'OUTCOME_UNKNOWN' : 'INTERNAL',
    `The answer to ${name} cannot be used: ${problem}.`,
  );
}

/** Longest id of a deployment request, in characters. */
const MAX_ID = 200;

/** Deployment requests, whatever the transport. */
export class Requests {
  constructor(private readonly transport: Transport) {}

  /** Creates a deployment request. @returns its id. */
  async submit({ workflowName, requestParameters }: Order, signal: AbortSignal): Promise<string> {
    const { id } = await this.transport.call('submit', { workflowName, requestParameters }, signal);
    if (id === undefined) throw unclearAnswer('submit', 'it names no deployment request');
    if (id.length > MAX_ID || unsendable(id) !== undefined)
      throw unclearAnswer('submit', 'the id of the deployment request has characters that cannot be sent, or too many');
    return id;
  }

  /** The tool's own word for how a deployment request stands. */
  async status(requestId: string, signal: AbortSignal): Promise<{ readonly word: string; readonly message?: string }> {
    const { status, message } = await this.transport.call('status', { requestId }, signal);
    if (status === undefined) throw unclearAnswer('status', 'it names no status');
    return { word: status, ...(message !== undefined && { message }) };
  }

  /** The id of the deployment request that carries a key; null when there is none. */
  async search(requestKey: string, signal: AbortSignal): Promise<string | null> {
    try {
      return (await this.transport.call('search', { requestKey }, signal))['id'] ?? null;
    } catch (error) {
      if (error instanceof AdapterError && error.code === 'NOT_FOUND') return null;
      throw error;
    }
  }

  async cancel(requestId: string, signal: AbortSignal): Promise<void> {
    await this.transport.call('cancel', { requestId }, signal);
  }

  async probe(signal: AbortSignal): Promise<ProbeReport> {
    return await this.transport.probe(signal);
  }
}
