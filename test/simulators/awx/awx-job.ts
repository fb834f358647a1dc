/** What AWX keeps of its objects, as far as the simulator knows them. */

/** How a host behaves in a job. */
export interface AwxHost {
  readonly id: number;
  readonly name: string;
  enabled: boolean;
  /**
   * `ok` runs all tasks · `fail` fails at the second task · `dark` cannot be reached · `absent` the play never gets to
   * it, and no summary names it · `idle` is named by the summary with nothing done · `ignore` fails a task that ignores
   * errors.
   */
  script: 'ok' | 'fail' | 'dark' | 'absent' | 'idle' | 'ignore';
}

/** A job template. */
export interface AwxTemplate {
  readonly id: number;
  readonly name: string;
  readonly organization: number;
  inventory: number | null;
  asks: {
    limit: boolean;
    variables: boolean;
    labels: boolean;
    jobType: boolean;
    forks: boolean;
  };
  /** What the template no longer takes when the launch comes, though its launch data said so a moment before. */
  forgets: readonly ('limit' | 'extra_vars' | 'labels')[];
  jobType: string;
  jobSliceCount: number;
  /** Slices that were set between the look at the template and the launch. */
  slicesAtLaunch?: number;
  passwords: readonly string[];
  variables: readonly string[];
  /** Tasks of its playbook. */
  tasks: string[];
  /** Its playbook ends for all hosts at the first failure, cannot be parsed, has no project, or loses its node. */
  trouble?: 'any-errors-fatal' | 'syntax' | 'project' | 'lost';
}

/** An event of a job. */
export interface AwxEvent {
  readonly counter: number;
  readonly event: string;
  readonly host_name: string;
  readonly task: string;
  readonly created: string;
  readonly stdout: string;
}

/** The counts of one host. */
export interface AwxSummary {
  readonly host_name: string;
  ok: number;
  changed: number;
  failures: number;
  dark: number;
  skipped: number;
  ignored: number;
  rescued: number;
  processed: number;
}

/** A job. */
export interface AwxJob {
  readonly id: number;
  readonly template: AwxTemplate;
  readonly limit: string;
  readonly extraVars: Readonly<Record<string, unknown>>;
  readonly labels: readonly number[];
  readonly jobType: string;
  readonly created: string;
  status: string;
  started: string | null;
  finished: string | null;
  explanation: string;
  /** Hosts that still have work, with the next task of each. */
  readonly left: Map<string, number>;
  readonly events: AwxEvent[];
  summaries: AwxSummary[];
  /** Events that the job has sent and AWX has not stored yet. */
  late: number;
}

/** What a host did in a job, from its events. */
export function summaryOf(host: AwxHost, events: readonly AwxEvent[]): AwxSummary {
  const count = (name: string): number =>
    events.filter((one) => one.host_name === host.name && one.event === name).length;
  const failed = count('runner_on_failed');
  const ignored = host.script === 'ignore' ? failed : 0;
  const ok = count('runner_on_ok') + ignored;
  return {
    host_name: host.name,
    ok,
    changed: Math.min(ok, 1),
    failures: failed - ignored,
    dark: count('runner_on_unreachable'),
    skipped: 0,
    ignored,
    rescued: 0,
    processed: host.script === 'idle' ? 0 : 1,
  };
}
