import type { DecisionChoice } from '../../domain/distribution/decision-point.machine.js';
import type { WaveAdvance, WavePlan, WaveStrategyKind } from '../../domain/distribution/wave.js';
import { RequestError } from '../../domain/errors.js';
import { fromNodeId, toNodeId } from '../../domain/node-id.js';
import { whole } from '../whole.js';
import { MAX_DEADLINE_MINUTES, MAX_TARGETS } from './distribution-choice.service.js';

/** Maximum number of waves of a distribution. */
export const MAX_WAVES = 200;

/** Maximum soak time, and time for a decision, in minutes: four weeks. */
export const MAX_WAIT_MINUTES = 40_320;

/** The rules of a wave. Absent means: as for every wave, or the default. */
export interface WaveRulesInput {
  readonly advance?: WaveAdvance | null;
  readonly soakMinutes?: number | null;
  readonly deadlineMinutes?: number | null;
  readonly maxFailures?: number | null;
  readonly maxFailurePercent?: number | null;
  readonly minSuccessPercent?: number | null;
}

/** What is special about one wave. */
export interface WaveInput extends WaveRulesInput {
  /** Its position, from 1. Absent: the wave is named by its group. */
  readonly position?: number | null;
  /** Node id of the target group whose wave it is, for the strategy GROUP. */
  readonly targetGroupId?: string | null;
  /** Node id of the tool that delivers to it in place of that of the distribution. */
  readonly deploymentToolId?: string | null;
  readonly name?: string | null;
  readonly opensAt?: string | null;
  readonly closesAt?: string | null;
  /** Parameters for the tool that replace those of the distribution with the same names. */
  readonly parameters?: Record<string, unknown> | null;
}

/** How a distribution is divided into waves. */
export interface WavePlanInput extends WaveRulesInput {
  readonly id: string;
  readonly expectedVersion: number;
  readonly by: WaveStrategyKind;
  readonly sizes?: readonly number[] | null;
  readonly maxSize?: number | null;
  /** Node ids of the target groups, each a wave. */
  readonly targetGroupIds?: readonly string[] | null;
  /** Node ids of the configuration items of each wave. */
  readonly lists?: readonly { readonly targetIds: readonly string[] }[] | null;
  readonly waves?: readonly WaveInput[] | null;
  readonly decisionDefault?: DecisionChoice | null;
  readonly decisionMinutes?: number | null;
  readonly reason?: string | null;
}

/** An error of the caller about one field of a plan of waves. */
export const bad = (field: string, message: string) => new RequestError('BAD_USER_INPUT', message, { field });

/** @throws RequestError BAD_USER_INPUT for a rule outside its bounds */
export function checkRules(rules: WaveRulesInput): void {
  whole(rules.soakMinutes, 'soakMinutes', 0, MAX_WAIT_MINUTES);
  whole(rules.deadlineMinutes, 'deadlineMinutes', 1, MAX_DEADLINE_MINUTES);
  whole(rules.maxFailures, 'maxFailures', 0, MAX_TARGETS);
  whole(rules.maxFailurePercent, 'maxFailurePercent', 0, 100);
  whole(rules.minSuccessPercent, 'minSuccessPercent', 0, 100);
}

/** The plan as it is kept. @throws RequestError BAD_USER_INPUT for fields that do not belong to the strategy */
export function planOf(input: WavePlanInput): WavePlan | null {
  const { by, sizes, maxSize, lists, targetGroupIds } = input;
  const unfit = (field: string) => bad(field, `"${field}" does not belong to the strategy ${by}.`);
  const bySize = by === 'COUNT' || by === 'PERCENT';
  if (sizes != null && !bySize) throw unfit('sizes');
  if (maxSize != null && by !== 'REDUNDANCY') throw unfit('maxSize');
  if (lists != null && by !== 'LIST') throw unfit('lists');
  if (targetGroupIds != null && by !== 'GROUP') throw unfit('targetGroupIds');
  if (by === 'NONE') return null;
  if (bySize) {
    if (sizes == null || sizes.length === 0) throw bad('sizes', `The strategy ${by} needs "sizes".`);
    if (sizes.length > MAX_WAVES) throw bad('sizes', `A distribution has at most ${MAX_WAVES} waves.`);
    for (const size of sizes) whole(size, 'sizes', 1, by === 'PERCENT' ? 100 : MAX_TARGETS);
    return { by, sizes: [...sizes] };
  }
  whole(maxSize, 'maxSize', 1, MAX_TARGETS);
  if (by === 'REDUNDANCY') return { by, maxSize: maxSize ?? null };
  if (by === 'GROUP') {
    if (targetGroupIds == null || targetGroupIds.length === 0)
      throw bad('targetGroupIds', 'The strategy GROUP needs "targetGroupIds".');
    return { by, groups: [...new Set(targetGroupIds)] };
  }
  if (lists == null || lists.length === 0) throw bad('lists', 'The strategy LIST needs "lists".');
  if (lists.length > MAX_WAVES) throw bad('lists', `A distribution has at most ${MAX_WAVES} waves.`);
  const all = lists.flatMap(({ targetIds }) => targetIds.map((id) => fromNodeId('ConfigurationItem', id, 'lists')));
  if (new Set(all).size < all.length) throw bad('lists', 'A target can be in one wave only.');
  return {
    by,
    lists: lists.map(({ targetIds }) =>
      targetIds.map((id) => toNodeId('ConfigurationItem', fromNodeId('ConfigurationItem', id, 'lists'))),
    ),
  };
}
