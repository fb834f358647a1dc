import { SAME_STATE, type Machine } from '../state-machine.js';

/** The states of a CAB meeting in the schedule. */
export const CAB_MEETING_STATES = ['BOOKED', 'CANCELLED'] as const;

/** One of {@link CAB_MEETING_STATES}. */
export type CabMeetingState = (typeof CAB_MEETING_STATES)[number];

/** Commands on a CAB meeting. */
export const CAB_MEETING_COMMANDS = ['scheduleEntryUpdate', 'scheduleEntryCancel'] as const;

/** One of {@link CAB_MEETING_COMMANDS}. */
export type CabMeetingCommand = (typeof CAB_MEETING_COMMANDS)[number];

/** The life cycle of a CAB meeting. It needs no facts: only the state decides. */
export const cabMeetingMachine: Machine<CabMeetingState, CabMeetingCommand, object> = {
  name: 'CAB meeting',
  initial: 'BOOKED',
  states: CAB_MEETING_STATES,
  final: ['CANCELLED'],
  commands: CAB_MEETING_COMMANDS,
  rows: [
    { from: 'BOOKED', command: 'scheduleEntryUpdate', to: SAME_STATE },
    { from: 'BOOKED', command: 'scheduleEntryCancel', to: 'CANCELLED' },
  ],
};

/**
 * The state of the CAB meeting that an entry of the schedule stands for; null for entries that move with something
 * else.
 */
export function cabMeetingState(entry: { readonly kind: string; readonly live: boolean }): CabMeetingState | null {
  if (entry.kind !== 'CAB_MEETING') return null;
  return entry.live ? 'BOOKED' : 'CANCELLED';
}
