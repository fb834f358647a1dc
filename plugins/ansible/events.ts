/**
 * What the files of a run tell about each target, event by event. A line is written by the callback plugin or by the
 * supervisor; see `control/`.
 */
import type { TargetReport } from '../../src/adapters/adapter.js';
import { concluded, reached, type Proof } from './verdict.js';

/** How Ansible counts the results of one host. */
export interface HostStats {
  readonly ok: number;
  readonly changed: number;
  readonly unreachable: number;
  readonly failures: number;
  readonly skipped: number;
  readonly rescued: number;
  readonly ignored: number;
}

/** Why a run began nothing further. */
export type StopReason = 'cancelled' | 'expired' | 'stopped' | 'interrupted';

/** One line of `events.jsonl`. */
export type RunEvent = { readonly at: string } & (
  | { readonly ev: 'batch'; readonly hosts: readonly string[] }
  | { readonly ev: 'begin' | 'finish' }
  | { readonly ev: 'play'; readonly name: string }
  | { readonly ev: 'start' | 'skipped'; readonly host: string; readonly task: string }
  | { readonly ev: 'ok'; readonly host: string; readonly task: string; readonly changed: boolean }
  | {
      readonly ev: 'failed';
      readonly host: string;
      readonly task: string;
      readonly msg: string;
      readonly ignored: boolean;
      readonly rc?: number;
      readonly code?: string;
    }
  | {
      readonly ev: 'unreachable';
      readonly host: string;
      readonly task: string;
      readonly msg: string;
      readonly ignored: boolean;
    }
  | { readonly ev: 'end'; readonly host: string; readonly key: string; readonly digests: readonly string[] }
  | ({ readonly ev: 'stats'; readonly host: string } & HostStats)
  | { readonly ev: 'foreign'; readonly hosts: readonly string[]; readonly task: string }
  | {
      readonly ev: 'exit';
      readonly hosts: readonly string[];
      readonly rc: number | null;
      /** Ansible printed the name of a play. */
      readonly played: boolean;
      /** Why the supervisor ended it; null when it ended by itself. */
      readonly why: StopReason | null;
    }
  | { readonly ev: 'stop'; readonly why: StopReason; readonly hosts: readonly string[] }
);

interface Failure {
  readonly code: string;
  readonly message: string;
}

/** What is known of one target. */
export interface HostRecord {
  /** Ansible has been started for it. */
  begun: boolean;
  /** Number of tasks that were sent to it. */
  tasks: number;
  /** The task that it was last sent, and whether its result has arrived. */
  task?: string;
  inFlight: boolean;
  /** A task failed, and none was sent after it. */
  failure?: Failure;
  /** The same, also when tasks followed: a rescue that succeeds leaves no failure in the statistics. */
  failed?: Failure;
  lost?: { readonly message: string };
  /** The end marker, until another task is sent after it. */
  end?: { readonly key: string; readonly digests: readonly string[] };
  /** The same, also when tasks followed: its statistics then tell how those went. */
  marked?: { readonly key: string; readonly digests: readonly string[] };
  stats?: HostStats;
  at: string;
  /** The final report: nothing of this run will touch it again. */
  report?: TargetReport;
  /** The position in the file after the last event about it. */
  changedAt: number;
}

/** What is known of a run. */
export class RunHistory {
  readonly #hosts = new Map<string, HostRecord>();
  /** Where Ansible would have left the requested targets, and in which task. */
  foreign: { readonly hosts: readonly string[]; readonly task: string } | undefined;
  /** The last exit code of Ansible, and whether any of its processes got as far as a play. */
  exit: { readonly rc: number | null } | undefined;
  played = false;
  /** The callback plugin has spoken in the present run of Ansible. */
  #heard = false;

  /**
   * @param hosts id of the configuration item by its name in the inventory.
   * @param since when the order was written down.
   */
  constructor(
    readonly hosts: ReadonlyMap<string, string>,
    private readonly proof: Proof,
    since: string,
  ) {
    for (const alias of hosts.keys())
      this.#hosts.set(alias, { begun: false, tasks: 0, inFlight: false, at: since, changedAt: 0 });
  }

  /** Takes in one line. @param position in bytes after it. */
  add(event: RunEvent, position: number): void {
    const many = 'hosts' in event ? event.hosts : 'host' in event ? [event.host] : [];
    if (event.ev === 'foreign') this.foreign = { hosts: event.hosts, task: event.task };
    if (event.ev === 'batch') this.#heard = false;
    if (event.ev === 'begin') this.#heard = true;
    if (event.ev === 'exit') {
      this.exit = { rc: event.rc };
      this.played ||= event.played;
    }
    for (const alias of many) {
      const record = this.#hosts.get(alias);
      // What ended stays: a line that comes later belongs to something that outlived its run.
      if (record === undefined || record.report !== undefined) continue;
      record.at = event.at;
      record.changedAt = position;
      this.#note(alias, record, event);
    }
  }

  #note(alias: string, record: HostRecord, event: RunEvent): void {
    switch (event.ev) {
      case 'batch':
        record.begun = true;
        break;
      case 'start':
        record.tasks += 1;
        record.task = event.task;
        record.inFlight = true;
        record.end = undefined;
        record.failure = undefined;
        break;
      case 'ok':
      case 'skipped':
        record.inFlight = false;
        break;
      case 'failed':
        record.inFlight = false;
        if (!event.ignored)
          record.failure = record.failed = {
            code: event.code ?? 'TASK_FAILED',
            message: `${event.task}: ${event.msg}`,
          };
        break;
      case 'unreachable':
        // Nobody knows what became of the task, so it stays in flight.
        if (!event.ignored) record.lost = { message: event.msg };
        break;
      case 'end':
        record.end = record.marked = { key: event.key, digests: event.digests };
        break;
      case 'stats': {
        const { ok, changed, unreachable, failures, skipped, rescued, ignored } = event;
        record.stats = { ok, changed, unreachable, failures, skipped, rescued, ignored };
        break;
      }
      case 'exit':
        record.report = concluded(this.#idOf(alias), record, this.proof, {
          isSilent: event.played && !this.#heard,
          why: event.why ?? 'exit',
          foreign: this.foreign,
        });
        break;
      case 'stop':
        record.report = concluded(this.#idOf(alias), record, this.proof, { isSilent: false, why: event.why });
        break;
      default:
    }
  }

  /**
   * Reports about the targets that changed after a position.
   * @param isLost the process that watched Ansible died. Then every target gets a final state, and all are reported.
   */
  reports(after: number, isLost = false): TargetReport[] {
    return [...this.#hosts]
      .filter(([, record]) => isLost || record.changedAt > after)
      .map(([alias, record]) => {
        if (record.report !== undefined) return record.report;
        if (!isLost) return reached(this.#idOf(alias), record);
        return concluded(this.#idOf(alias), record, this.proof, {
          isSilent: false,
          why: 'lost',
          foreign: this.foreign,
        });
      });
  }

  #idOf(alias: string): string {
    return this.hosts.get(alias) as string;
  }
}

/** The events in some lines; what is not an event is left out, because a torn line says nothing. */
export function eventsIn(text: string): { readonly event: RunEvent; readonly bytes: number }[] {
  const found: { event: RunEvent; bytes: number }[] = [];
  let bytes = 0;
  for (const line of text.split('\n').slice(0, -1)) {
    bytes += Buffer.byteLength(line) + 1;
    try {
      const event = JSON.parse(line) as RunEvent | null;
      if (typeof event === 'object' && event !== null && typeof event.ev === 'string') found.push({ event, bytes });
    } catch {
      // Torn by a crash in the middle of a write.
    }
  }
  return found;
}
