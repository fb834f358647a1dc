import { parseNodeId } from '../../src/domain/node-id.js';
import { giveRelease } from './given.js';
import { startFromTemplate } from './given-template.js';
import { attack } from './attacks.js';
import type { Name } from './people.js';
import { PROMISES } from './promises.js';
import type { Stage } from './stage.js';
import { nextStep } from './story-steps.js';
import { standing, type Tale } from './tale.js';
import { CI_NAMES, type CiName, type Shelf, type World } from './world.js';

/** How a sequence is played. */
export interface Play {
  readonly steps: number;
  /** Share of the steps that are attacks, 0 to 1. */
  readonly attacks: number;
}

/** The usual mixture: mostly the ordinary course of things, so that deep states are reached, and attacks on it. */
export const USUAL: Play = { steps: 30, attacks: 0.35 };

type Existing = Tale & { readonly id: string };

/** A release to be played: who looks after it, and what it is to deliver where. */
function begin({ chance }: Stage, world: World): Tale {
  const who = (...names: Name[]) => (chance.chance(0.04) ? 'bella' : chance.pick(names));
  const template = chance.chance(0.12) ? (chance.chance(0.8) ? 'PATCH' : 'MINOR') : undefined;
  // What is made from a template has a long way to go, so that most have targets that take a short one.
  const reach = template !== undefined && chance.chance(0.7) ? 2 : 1 + chance.below(CI_NAMES.length);
  const targets: CiName[] = chance.some(CI_NAMES.slice(0, reach)).slice(0, 3);
  const direct = targets.filter((name) => name === 'desk' || name === 'lab' || chance.chance(0.03));
  const covered = targets.filter((name) => !direct.includes(name));
  const perProduct = world.versions.length / 2;
  const first = world.versions[chance.below(perProduct)] as string;
  const second = world.versions[perProduct + chance.below(perProduct)] as string;
  return {
    world,
    manager: who('mona', 'mona', 'tim', 'opal'),
    owner: who('olga', 'olga', 'otto', 'mark'),
    operator: who('oskar', 'oskar', 'opal'),
    tester: who('tess', 'tess', 'tim'),
    changes: covered.length > 0 ? [{ targets: covered, requester: who('rita', 'rob') }] : [],
    direct,
    content: chance.chance(0.4) ? [first, second] : [first],
    tested: covered.some((name) => name === 'payroll' || name === 'host') || chance.chance(0.5),
    byHand: chance.chance(0.2),
    linked: template === undefined && chance.chance(0.3),
    grouped: chance.chance(0.25),
    ...(template && { template }),
  };
}

/** Every how many sequences the tool takes only a few targets at a time. */
const LIMITED = 4;

const EARLY = new Set(['DRAFT', 'PLANNING', 'BUILDING']);

const exists = (tale: Tale): tale is Existing => tale.id !== undefined;

async function step(stage: Stage, tales: Tale[], play: Play): Promise<void> {
  const { chance } = stage;
  const tale = chance.pick(tales);
  if (exists(tale) && chance.chance(play.attacks)) {
    const others = tales.filter((other): other is Existing => other !== tale && exists(other));
    const stand = await standing(stage, parseNodeId(tale.id)?.uuid ?? '');
    // What is not planned yet is hardly worth an attack.
    if (!EARLY.has(stand.state) || chance.chance(0.2)) return await attack({ stage, tale, stand, others });
  }
  const next = await nextStep(stage, tale);
  if (next === 'over') return void tales.splice(tales.indexOf(tale), 1);
  if ('wait' in next) return await stage.pass(next.wait, Math.max(10, next.wait / 2));
  const by = chance.chance(0.04) ? 'bella' : next.by;
  const answer = await stage.act(by, next.command, next.input);
  tale.codes = answer.codes;
  if (answer.ok) next.made?.(answer);
  else if (chance.chance(0.3)) await stage.pass(30, 30);
}

/** What the oracle has against a sequence, each with the promise that was broken. */
export function violations(stage: Stage): string[] {
  return Object.entries(PROMISES).flatMap(([promise, broken]) =>
    [...new Set(broken(stage.log))].map((text) => `${promise}: ${text}`),
  );
}

/**
 * Plays one sequence: two or three releases in one small world, by many people, with a moving clock.
 * @returns what the oracle has against it.
 */
export async function playSequence(stage: Stage, shelf: Shelf, seed: number, play: Play = USUAL): Promise<string[]> {
  stage.begin(seed);
  stage.clock.advance(2 * 86_400_000);
  const world = await shelf.world(stage, `${seed}-${stage.now}`);
  await stage.limit(seed % LIMITED === 0 ? 1 + stage.chance.below(2) : null);
  const tales = Array.from({ length: 1 + stage.chance.below(2) }, () => begin(stage, world));
  for (const tale of tales)
    if (tale.template !== undefined) await startFromTemplate(stage, tale);
    else if (stage.chance.chance(0.8)) await giveRelease(stage, tale);
  for (let n = 0; n < play.steps && tales.length > 0; n++) await step(stage, tales, play);
  await stage.pass(300, 100);
  await stage.lookAgain();
  stage.count('sequences');
  return violations(stage);
}
