import type { NamedRef } from '../blocker.js';
import { criticalityIsAtMost, type CiClass, type Criticality } from '../cmdb/configuration-item.machine.js';
import { SKIPPABLE_RELEASE_STATES, type SkippableReleaseState } from './release.state.js';
import type { AddRule, ReleaseKind, Packaging, SkipRule, TemplatePlan } from './template.js';

/** A target of a release, with what the rules of a template need. */
export interface SkipTarget {
  readonly ciId: string;
  readonly ciClass: CiClass;
  /** Effective criticality of the target, e.g. CRITICAL for a server under Payroll. */
  readonly criticality: Criticality;
  /** The item that its criticality comes from, where that is another item. */
  readonly forcedBy?: NamedRef;
}

/** A state that a release skips, and the rules that allow it, one for each kind of target. */
export interface SkippedStep {
  readonly state: SkippableReleaseState;
  /** Names of the rules. */
  readonly rules: readonly string[];
}

/** A state that a rule would leave out for other targets, and a target that keeps it. */
export interface ForcedStep {
  readonly state: SkippableReleaseState;
  readonly ciId: string;
  /** Names of the rules that do not apply to the target. */
  readonly rules: readonly string[];
  /** What about the target does not fit the rules, as a sentence. */
  readonly reason: string;
}

/** The states that a release skips, with the rules that decided, and the targets that keep it from skipping others. */
export interface ApplicableSkips {
  readonly skipped: readonly SkippedStep[];
  readonly forcedBy: readonly ForcedStep[];
}

/** What the rules of a template ask of a release itself. */
export type ReleaseTraits = { readonly kind: ReleaseKind; readonly packaging: Packaging };
type NamedRule = SkipRule & { readonly label: string };

/** What answers call a rule: its name, or its place among the rules. */
export const ruleName = (rule: Pick<SkipRule, 'name'>, index: number): string => rule.name ?? `Skip rule ${index + 1}`;

/** Whether a rule is meant for a release of such a kind and packaging. */
export function ruleFitsRelease({ when }: Pick<SkipRule | AddRule, 'when'>, release: ReleaseTraits): boolean {
  return (when.releaseKinds?.includes(release.kind) ?? true) && (when.packagings?.includes(release.packaging) ?? true);
}

const oneOf = (values: readonly string[]): string =>
  values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;

/** What about a target does not fit a rule; empty for one that fits. */
function misfits({ when }: SkipRule, { ciClass, criticality, forcedBy }: SkipTarget): string[] {
  const found: string[] = [];
  if (when.ciClasses !== undefined && !when.ciClasses.includes(ciClass))
    found.push(`its class is ${ciClass}, not ${oneOf(when.ciClasses)}`);
  if (when.maxCriticality !== undefined && !criticalityIsAtMost(criticality, when.maxCriticality))
    found.push(
      `its criticality is ${criticality}${forcedBy === undefined ? '' : ` because of ${forcedBy.name}`}, ` +
        `more than ${when.maxCriticality}`,
    );
  return found;
}

function forced(state: SkippableReleaseState, rules: readonly NamedRule[], target: SkipTarget): ForcedStep {
  const why = rules.map((rule) => `${rule.label} does not apply: ${misfits(rule, target).join(', and ')}.`);
  return { state, ciId: target.ciId, rules: rules.map(({ label }) => label), reason: why.join(' ') };
}

/**
 * The states that a release can skip. The strictest target decides: a state is skipped only when every target has a
 * rule that allows it. Without targets, only rules without conditions about targets count.
 */
export function applicableSkips(
  plan: Pick<TemplatePlan, 'skipRules'>,
  release: ReleaseTraits,
  targets: readonly SkipTarget[],
): ApplicableSkips {
  const skipped: SkippedStep[] = [];
  const forcedBy: ForcedStep[] = [];
  const named = plan.skipRules.map((rule, index): NamedRule => ({ ...rule, label: ruleName(rule, index) }));
  for (const state of SKIPPABLE_RELEASE_STATES) {
    const rules = named.filter((rule) => rule.states.includes(state) && ruleFitsRelease(rule, release));
    if (rules.length === 0) continue;
    if (targets.length === 0) {
      const free = rules.filter(({ when }) => when.ciClasses === undefined && when.maxCriticality === undefined);
      if (free.length > 0) skipped.push({ state, rules: free.slice(0, 1).map(({ label }) => label) });
      continue;
    }
    const allowing = targets.map((target) => rules.find((rule) => misfits(rule, target).length === 0));
    const forcing = targets.filter((_, index) => allowing[index] === undefined);
    if (forcing.length > 0) forcedBy.push(...forcing.map((target) => forced(state, rules, target)));
    else skipped.push({ state, rules: [...new Set(allowing.map((rule) => rule?.label ?? ''))] });
  }
  return { skipped, forcedBy };
}

/** Just the states that are skipped. */
export const skippedStatesOf = ({ skipped }: ApplicableSkips): SkippableReleaseState[] =>
  skipped.map(({ state }) => state);
