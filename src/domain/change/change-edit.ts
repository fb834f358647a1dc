import { blocker, type Blocker, type NamedRef } from '../blocker.js';
import { ENDED_CHANGE_STATES, type ChangeState, type ChangeType } from './change.machine.js';

/** What may be edited in a change. `cis` stands for its source and target configuration items. */
export const CHANGE_EDIT_FIELDS = [
  'title',
  'description',
  'type',
  'risk',
  'backOutPlan',
  'assessment',
  'plannedStart',
  'plannedEnd',
  'cis',
] as const;

/** One of {@link CHANGE_EDIT_FIELDS}. */
export type ChangeEditField = (typeof CHANGE_EDIT_FIELDS)[number];

/** What the rules for editing a change need to know. */
export interface ChangeEditFacts {
  readonly name: string;
  readonly state: ChangeState;
  readonly type: ChangeType;
  /** The live release it belongs to. */
  readonly release: NamedRef | null;
}

// What the change authority says yes to.
const CONTENT: readonly ChangeEditField[] = ['description', 'type', 'risk', 'backOutPlan', 'cis'];
const DATES: readonly ChangeEditField[] = ['plannedStart', 'plannedEnd'];
const UNDECIDED: readonly ChangeState[] = ['OPEN', 'ACCEPTED', 'ASSESSED'];

/**
 * Which edits of a change are refused in its present state.
 *
 * What the authority decided on (description, kind, risk, back-out plan, configuration items) is fixed once the change is authorised
 * or belongs to a release: an edit would be carried out under a permission that was given for something else. The safe way is to
 * cancel the change and raise another one. Dates are fixed when the implementation begins. The assessment of an emergency change may
 * follow later, until it is closed. Nothing of a change that is over can be edited.
 */
export function refusedChangeEdits(
  { name, state, type, release }: ChangeEditFacts,
  edited: readonly ChangeEditField[],
): Blocker[] {
  const over = (ENDED_CHANGE_STATES as readonly ChangeState[]).includes(state);
  const decided = !UNDECIDED.includes(state);
  const fixed = (field: ChangeEditField, why: string): Blocker =>
    blocker('CHANGE_CONTENT_FIXED', `${why}, so that "${field}" can no longer be edited.`, ['CHANGE_MANAGER'], {
      path: [field],
      ...(release !== null && !decided ? { subject: { type: 'Release', id: release.id } } : {}),
    });
  return edited.flatMap((field) => {
    if (over) return [fixed(field, `Change ${name} is ${state}`)];
    if (CONTENT.includes(field)) {
      if (decided)
        return [fixed(field, `Change ${name} is ${state} for what it says now; cancel it and raise another one`)];
      if (release !== null)
        return [fixed(field, `Change ${name} belongs to release ${release.name}; take it out of that first`)];
    }
    if (field === 'assessment' && decided && type !== 'EMERGENCY') return [fixed(field, `Change ${name} is ${state}`)];
    if (DATES.includes(field) && ['IN_PROGRESS', 'IMPLEMENTED', 'IN_REVIEW'].includes(state))
      return [fixed(field, `Change ${name} is ${state}`)];
    return [];
  });
}
