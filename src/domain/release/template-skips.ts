import { criticalityIsAtMost, type CiClass, type Criticality } from '../cmdb/configuration-item.machine.js';
import { SKIPPABLE_RELEASE_STATES, type SkippableReleaseState } from './release.state.js';
import type { ReleaseKind, Packaging, SkipRule, TemplatePlan } from './template.js';

/** A target of a release, with what the skip rules need. */
export interface SkipTarget {
  readonly ciId: string;
  readonly ciClass: CiClass;
  readonly criticality: Criticality;
}

/** The states that a release skips, and the targets that prevent it from skipping others. */
export interface ApplicableSkips {
  readonly skipped: SkippableReleaseState[];
  readonly forcedBy: { readonly state: SkippableReleaseState; readonly ciId: string }[];
}

function ruleFitsRelease(
  { when }: SkipRule,
  release: { readonly kind: ReleaseKind; readonly packaging: Packaging },
): boolean {
  return (when.releaseKinds?.includes(release.kind) ?? true) && (when.packagings?.includes(release.packaging) ?? true);
}

function ruleFitsTarget({ when }: SkipRule, target: SkipTarget): boolean {
  return (
    (when.ciClasses?.includes(target.ciClass) ?? true) &&
    (when.maxCriticality === undefined || criticalityIsAtMost(target.criticality, when.maxCriticality))
  );
}

/**
 * The states that a release can skip. The strictest target decides: a state is skipped only when every target has a
 * rule that allows it. Without targets, only rules without conditions about targets count.
 */
export function applicableSkips(
  plan: Pick<TemplatePlan, 'skipRules'>,
  release: { readonly kind: ReleaseKind; readonly packaging: Packaging },
  targets: readonly SkipTarget[],
): ApplicableSkips {
  const skipped: SkippableReleaseState[] = [];
  const forcedBy: { state: SkippableReleaseState; ciId: string }[] = [];
  for (const state of SKIPPABLE_RELEASE_STATES) {
    const rules = plan.skipRules.filter((rule) => rule.states.includes(state) && ruleFitsRelease(rule, release));
    if (rules.length === 0) continue;
    if (targets.length === 0) {
      if (rules.some(({ when }) => when.ciClasses === undefined && when.maxCriticality === undefined))
        skipped.push(state);
      continue;
    }
    const forcing = targets.filter((target) => !rules.some((rule) => ruleFitsTarget(rule, target)));
    if (forcing.length === 0) skipped.push(state);
    else forcedBy.push(...forcing.map(({ ciId }) => ({ state, ciId })));
  }
  return { skipped, forcedBy };
}
