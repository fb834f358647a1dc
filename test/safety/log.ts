/**
 * What the safety oracle knows: a log of what was seen from outside the guards. Plain data; times are epoch
 * milliseconds, ids are what the database uses.
 */

/** Every fact of one sequence, in the order in which it was seen. */
export interface SafetyLog {
  readonly deeds: Deed[];
  readonly starts: Start[];
  readonly reports: Report[];
  readonly ends: End[];
}

/** A command that the server accepted. */
export interface Deed {
  readonly at: number;
  /** Who did it, by database id. */
  readonly by: string;
  /** Roles that the person held. */
  readonly roles: readonly string[];
  readonly command: string;
  /** Database id of the object that the command made or changed. */
  readonly on: string;
  /** The release it belongs to, if any. */
  readonly release?: string;
  /** What the person sent, with database ids in the place of node ids. */
  readonly input: Readonly<Record<string, any>>;
  /** Set where the command was accepted and changed nothing. */
  readonly idle?: boolean;
  /** How the release looked right after the command, where that matters later. */
  readonly scope?: Scope;
  /** Who owned and managed the release then; of commands that plan a distribution. */
  readonly runners?: readonly string[];
  /** Targets of the distribution right after the command; of commands that commit to them. */
  readonly targets?: readonly string[];
}

/** What a release was going to do, as an approval, a test or a start found it. */
export interface Scope {
  readonly ownerId: string;
  readonly targets: readonly Ci[];
  readonly media: readonly Medium[];
}

/** A configuration item as recorded. */
export interface Ci {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly lifecycle: string;
  readonly criticality: string;
  /** The highest criticality of what work on it disturbs, as a number; only where it was judged. */
  readonly effective?: number;
}

/** A medium as recorded. */
export interface Medium {
  readonly id: string;
  readonly state: string;
  readonly digest: string | null;
}

/** A window of the schedule as recorded: its first occurrence, and the rule by which it repeats. */
export interface Window {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly from: number;
  readonly to: number;
  /** RFC 5545, in UTC; null for a window that occurs once. */
  readonly rrule: string | null;
  /** The items it applies to; none for everything. */
  readonly ciIds: readonly string[];
}

/** What a release was made from, and what became of it. */
export interface Template {
  readonly kind: string;
  readonly skipRules: readonly {
    readonly states: readonly string[];
    readonly when: {
      readonly releaseKinds?: readonly string[];
      readonly ciClasses?: readonly string[];
      readonly maxCriticality?: string;
    };
  }[];
  /** States in which the template has tasks. */
  readonly steps: readonly string[];
  /** States that the release skips. */
  readonly skipped: readonly string[];
  /** The tasks that the release has, by the state that they are for. */
  readonly tasks: readonly { readonly step: string; readonly state: string }[];
  /** Its targets, with the criticality of everything that depends on each. */
  readonly targets: readonly { readonly ciClass: string; readonly criticalities: readonly string[] }[];
}

/** Work of another release at this moment. */
export interface OtherWork {
  readonly what: 'booked' | 'running';
  readonly releaseId: string;
  readonly distributionId: string | null;
  readonly number: string;
  readonly ciIds: readonly string[];
}

/** A beginning of work on targets: a command that the server accepted, or an order that reached the tool. */
export interface Start {
  readonly at: number;
  readonly how: 'accepted' | 'sent';
  readonly operation: string;
  /** `first` is bound to the distribution's own time, `again` (a retry, a resume) only to the release's slot. */
  readonly kind: 'first' | 'again' | 'back-out';
  readonly distribution: {
    readonly id: string;
    readonly number: string;
    readonly from: number | null;
    readonly to: number | null;
    readonly targets: readonly Ci[];
    readonly media: readonly Medium[];
    /** The contents it was planned with, by digest, whatever bytes the library has under them by now. */
    readonly digests: readonly string[];
    /** Media that a pin keeps from a target, in words. */
    readonly pinned: readonly string[];
    readonly approvalRequired: boolean;
  };
  readonly release: Scope & {
    readonly id: string;
    readonly number: string;
    readonly state: string;
    readonly from: number | null;
    readonly to: number | null;
    readonly onHold: boolean;
    readonly acceptanceSkipped: boolean;
  };
  /** Ids of items that depend on the targets, those of the targets among them, with their criticality. */
  readonly impacted: readonly { readonly id: string; readonly criticality: string }[];
  /** Changes of the release at this moment. */
  readonly changes: readonly { readonly id: string; readonly state: string; readonly targetIds: readonly string[] }[];
  readonly others: readonly OtherWork[];
  /** Numbers of distributions of the same release that work on a target and a content of this one at this moment. */
  readonly beside: readonly string[];
  /** Active blackouts for a target or something that depends on it, and change windows for a target. */
  readonly windows: readonly Window[];
  /** Null for a release without a template. */
  readonly template: Template | null;
  /** Waivers of this release, and of others for the works in {@link others}, that are in force. */
  readonly waivers: readonly {
    readonly id: string;
    readonly releaseId: string;
    readonly code: string;
    readonly subjectId: string | null;
  }[];
  /** How many commands had been accepted before, where several came in the same minute. */
  readonly deeds?: number;
  /** How many reports there were before: what was known of the targets when it began. */
  readonly known: number;
  /** SHA-256 of the bytes that the tool really read; only with an order that reached the tool. */
  readonly received?: readonly string[];
  /** Key of an order that reached the tool. */
  readonly key?: string;
  /** What the tool said last when it was asked about that order; absent where it was never asked. */
  readonly checked?: 'ok' | 'block';
  /** Whether the distribution goes in waves. */
  readonly waved: boolean;
  /** Whether it was planned for a target group, and its outcome policy; for the count of what happened. */
  readonly grouped: boolean;
  readonly policy: string;
  /** Whether the server has retried it by itself before. */
  readonly byServer: boolean;
  /** Whether a task of the plan goes with the distribution. */
  readonly linked: boolean;
  /** Open tasks of the plan that come before those of the distribution. */
  readonly tasksBefore: readonly string[];
  /** Limits on its tool and its targets: how many targets everybody works on there at this moment. */
  readonly crowds: readonly { readonly name: string; readonly limit: number; readonly atWork: number }[];
}

/** What the tool was given to do on one target of one order, or what it told the server about the end of that work. */
export interface Report {
  readonly at: number;
  readonly release: string;
  /** Key of the order. */
  readonly key: string;
  readonly target: string;
  readonly operation: string;
  readonly digests: readonly string[];
  /** `unverified`: a success that counts for nothing until somebody has verified it. */
  readonly outcome: 'ordered' | 'succeeded' | 'unverified' | 'failed' | 'cancelled';
  /** Whether the tool says that a retry of a failure can help. */
  readonly retryable?: boolean;
}

/** An end that the server claims. */
export interface End {
  readonly at: number;
  readonly noun: 'release' | 'change' | 'distribution';
  readonly id: string;
  readonly number: string;
  /** State of a release or distribution, outcome of a change. */
  readonly claim: string;
  readonly release: string;
  readonly targets: readonly string[];
  readonly digests: readonly string[];
  /** How many reports there were when the claim was seen: others of the same instant come after it. */
  readonly known: number;
  /** Targets that a person has recorded, with a reason, as not returned. */
  readonly residual: readonly string[];
}
