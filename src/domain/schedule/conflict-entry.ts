import type { Interval } from './interval.js';

/** The parts of a schedule entry that conflicts depend on. */
export interface ConflictEntry extends Interval {
  readonly id: string;
  readonly name: string;
  /** Entries of one group, e.g. a release and its distributions, have no conflicts on items. Null for no group. */
  readonly groupId: string | null;
  /** Target configuration items. An entry without targets can only overload people. */
  readonly ciIds: readonly string[];
  /** Database ids of the people busy with the entry. */
  readonly personIds: readonly string[];
  /** What those people are called, by id, as far as known. */
  readonly personNames?: Readonly<Record<string, string>>;
  /** How long a back-out would take after the entry, in milliseconds. Absent where nobody has said. */
  readonly backOutMs?: number;
  /** What the entry stands for. Absent for work that is neither a release, a distribution nor a task. */
  readonly work?: ConflictWork;
  /** The object that conflicts refer to. Absent for a booked entry: conflicts refer to its ScheduleEntry. */
  readonly party?: ConflictParty;
}

/** What an entry of the schedule stands for, by database id. A client that follows a conflict gets to it. */
export interface ConflictWork {
  /** Entry in the schedule; null for work that is not booked. */
  readonly entryId: string | null;
  readonly releaseId?: string | null;
  readonly distributionId?: string | null;
  readonly taskId?: string | null;
}

/** One side of a conflict: an object of the API with its database id. */
export interface ConflictParty {
  readonly type: 'ScheduleEntry' | 'ScheduleWindow' | 'Release' | 'Distribution' | 'DmlItemVersion';
  readonly id: string;
  readonly name: string;
  /** Absent for a window and a media version. */
  readonly work?: ConflictWork;
}

/** The time of an entry together with that of its back-out, which follows its end. */
export const withBackOut = ({ startsAt, endsAt, backOutMs = 0 }: ConflictEntry): Interval => ({
  startsAt,
  endsAt: backOutMs === 0 ? endsAt : new Date(endsAt.getTime() + backOutMs),
});

/** The party that an entry is in a conflict. */
export function entryParty({ id, name, party, work }: ConflictEntry): ConflictParty {
  return party ?? { type: 'ScheduleEntry', id, name, ...(work && { work }) };
}

/** Database id of the distribution that an entry stands for, booked or not. */
export const distributionOf = ({ work, party }: ConflictEntry): string | null =>
  (work ?? party?.work)?.distributionId ?? null;
