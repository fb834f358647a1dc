/** Number of failures in a row after which a tool is not called for a while. */
export const BREAKER_THRESHOLD = 5;
/** The first and the maximum pause, in milliseconds. */
const FIRST_PAUSE_MS = 15_000;
const LONGEST_PAUSE_MS = 120_000;

interface Circuit {
  failures: number;
  pauseMs: number;
  openUntil: number;
}

/**
 * Keeps waiting runs from calling a tool that is down. After {@link BREAKER_THRESHOLD} failures in a row the circuit of
 * the tool opens. After the pause, one failure opens it again for longer and one success closes it. Each process has
 * its own circuits.
 */
export class CircuitBreakers {
  readonly #circuits = new Map<string, Circuit>();

  /** When the tool may be called again; undefined when it may be called now. */
  openUntil(tool: string, now: Date): Date | undefined {
    const circuit = this.#circuits.get(tool);
    return circuit !== undefined && circuit.openUntil > now.getTime() ? new Date(circuit.openUntil) : undefined;
  }

  /** The tool answered. */
  succeeded(tool: string): void {
    this.#circuits.delete(tool);
  }

  /** The tool could not be reached, or did not answer. */
  failed(tool: string, now: Date): void {
    const circuit = this.#circuits.get(tool) ?? { failures: 0, pauseMs: FIRST_PAUSE_MS, openUntil: 0 };
    circuit.failures += 1;
    if (circuit.failures >= BREAKER_THRESHOLD) {
      circuit.openUntil = now.getTime() + circuit.pauseMs;
      circuit.pauseMs = Math.min(circuit.pauseMs * 2, LONGEST_PAUSE_MS);
    }
    this.#circuits.set(tool, circuit);
  }
}
