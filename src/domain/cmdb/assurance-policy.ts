import { CI_CLASSES, criticalityIsAtMost, type CiClass, type Criticality } from './configuration-item.machine.js';

/** On which targets a success counts only when it is verified. */
export interface AssurancePolicy {
  /** The effective criticality from which on it does; null for none. */
  readonly fromCriticality: Criticality | null;
  /** Classes of configuration items on which it does, whatever their criticality. */
  readonly ciClasses: readonly CiClass[];
}

/** The word of every tool counts. */
export const NO_ASSURANCE: AssurancePolicy = { fromCriticality: null, ciClasses: [] };

/** Code of the reason for which a success is held back. */
export const ASSURANCE_REQUIRED = 'ASSURANCE_REQUIRED';

/**
 * The policy of a site, as its configuration writes it.
 * @param from a criticality, or NONE.
 * @throws Error that names what is no class of configuration items
 */
export function assurancePolicy(from: Criticality | 'NONE', classes: readonly string[]): AssurancePolicy {
  const unknown = classes.filter((name) => !(CI_CLASSES as readonly string[]).includes(name));
  if (unknown.length > 0)
    throw new Error(`No class of configuration items: ${unknown.join(', ')}. There are ${CI_CLASSES.join(', ')}.`);
  return { fromCriticality: from === 'NONE' ? null : from, ciClasses: classes as readonly CiClass[] };
}

/** Whether a policy asks nothing of anybody. */
export const asksNothing = ({ fromCriticality, ciClasses }: AssurancePolicy): boolean =>
  fromCriticality === null && ciClasses.length === 0;

/** Whether a success on a configuration item counts only when it is verified. */
export const requiresVerification = (
  { fromCriticality, ciClasses }: AssurancePolicy,
  { criticality, ciClass }: { readonly criticality: Criticality; readonly ciClass: CiClass },
): boolean =>
  (fromCriticality !== null && criticalityIsAtMost(fromCriticality, criticality)) || ciClasses.includes(ciClass);

/** What is known of a reported success. */
export interface ReportedSuccess {
  /** Whether the policy covers the target. */
  readonly mustVerify: boolean;
  /** The digest that the target must carry; undefined where none of the contents has media. */
  readonly expected: string | undefined;
  /** The digest that was read back; undefined where nothing was. */
  readonly found: string | undefined;
  /** Whether a person vouches for it, with evidence. */
  readonly vouched: boolean;
}

/** What a reported success counts as: a success, a failure because other content is there, or not known yet. */
export function judgeSuccess({
  mustVerify,
  expected,
  found,
  vouched,
}: ReportedSuccess): 'SUCCESS' | 'MISMATCH' | 'HELD' {
  if (found !== undefined && expected !== undefined) return found === expected ? 'SUCCESS' : 'MISMATCH';
  return mustVerify && !vouched ? 'HELD' : 'SUCCESS';
}
