/** Makes the simulated tool itself fail, as scripted. Used-up faults are stored on disk, for all processes. */
import { AdapterError, type DistributionRequest } from '../../src/adapters/adapter.js';
import { readParameters } from './parameters.js';
import type { RunStore } from './run-store.js';
import type { Faults, Method, SimulatorConfig } from './script.js';

const DEFAULT_RETRY_MS = 100;

/** How a submission fails. */
export type SubmitFault = NonNullable<Faults['submit']>;

/** The run of a call, as far as the caller knows it. */
type About = Pick<DistributionRequest, 'key' | 'parameters'>;

/** The faults of one instance. */
export class FaultInjector {
  constructor(
    private readonly config: SimulatorConfig,
    private readonly store: RunStore,
  ) {}

  /**
   * @throws AdapterError UNAVAILABLE while the tool is scripted to be down, for the instance or for the run with this
   * key
   */
  async assertUp(method: Method, about: About | undefined): Promise<void> {
    let down = await this.store.isTakenDown();
    down ||= await this.takeDown('instance', this.config.faults, method);
    if (about !== undefined) {
      const faults = readParameters(about.parameters).faults ?? (await this.store.read(about.key))?.faults;
      down ||= await this.takeDown(`run ${about.key}`, faults, method);
    }
    if (!down) return;
    const retryAfterMs = this.config.minPollMs ?? DEFAULT_RETRY_MS;
    throw new AdapterError('UNAVAILABLE', 'The simulated tool is down.', { retryAfterMs });
  }

  /** How this submission fails, if it does. This uses the fault up. */
  async ofSubmit(request: DistributionRequest): Promise<SubmitFault | undefined> {
    const own = readParameters(request.parameters).faults?.submit;
    if (own !== undefined) return this.take(`submit ${request.key}`, own);
    const general = this.config.faults?.submit;
    return general === undefined ? undefined : this.take('submit', general);
  }

  /** Fails before the run exists. */
  failBefore({ kind, code = 'FAILED_PRECONDITION' }: SubmitFault): void {
    if (kind === 'refuse') throw new AdapterError(code, 'The simulated tool refuses the submission.');
    if (kind === 'crash') throw new Error('The simulated tool crashed before the run began.');
    if (kind === 'kill') this.kill();
  }

  /** Fails although the run exists. */
  failAfter({ kind }: SubmitFault): void {
    if (kind === 'crash-after-start') throw new Error('The simulated tool crashed after the run had begun.');
    if (kind === 'lost-answer')
      throw new AdapterError('OUTCOME_UNKNOWN', 'The response of the simulated tool was lost.');
    if (kind === 'kill-after-start') this.kill();
  }

  private async take(name: string, fault: SubmitFault): Promise<SubmitFault | undefined> {
    return (await this.store.takeFault(name, fault.times ?? 1)) ? fault : undefined;
  }

  private async takeDown(scope: string, faults: Faults | undefined, method: Method): Promise<boolean> {
    const down = faults?.down;
    if (down === undefined || !(down.methods?.includes(method) ?? true)) return false;
    return this.store.takeFault(`down ${scope}`, down.calls);
  }

  private kill(): void {
    if (this.config.allowKill !== true) {
      throw new AdapterError('PERMISSION_DENIED', 'A kill is scripted, but the settings do not allow it.');
    }
    process.kill(process.pid, 'SIGKILL');
  }
}
