import type { Stage } from './stage.js';
import { nextStep } from './story-steps.js';
import type { Tale } from './tale.js';

/** The first steps of a release that is made from a template, which chance would seldom get past. */
export async function startFromTemplate(stage: Stage, tale: Tale): Promise<void> {
  for (let n = 0; n < 12; n++) {
    const next = await nextStep(stage, tale);
    if (next === 'over' || 'wait' in next) return;
    const answer = await stage.act(next.by, next.command, next.input);
    if (answer.ok) next.made?.(answer);
    if (next.command === 'releaseStartPlanning') return;
  }
}
