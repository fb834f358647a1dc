import { parseNodeId, toNodeId } from '../../src/domain/node-id.js';
import { giveRelease } from './given.js';
import { startFromTemplate } from './given-template.js';
import type { Answer, Stage } from './stage.js';
import { nextStep } from './story-steps.js';
import { standing, type Standing, type Tale } from './tale.js';
import type { CiName, Shelf, World } from './world.js';

/** Most steps that a release may need to get to where a test wants it. */
const MOST_STEPS = 60;

/** A release of a test that is not left to chance. */
export class Script {
  private constructor(
    readonly stage: Stage,
    readonly tale: Tale,
  ) {}

  /** Begins a sequence of its own with a release that is being tested. Its protected targets are named by a change. */
  static async begin(
    stage: Stage,
    shelf: Shelf,
    targets: readonly CiName[],
    more: Partial<Tale> = {},
  ): Promise<Script> {
    stage.begin(1);
    stage.clock.advance(2 * 86_400_000);
    return await Script.beside(stage, await shelf.world(stage, `script ${stage.now}`), targets, more);
  }

  /** Another release in the same world. */
  static async beside(
    stage: Stage,
    world: World,
    targets: readonly CiName[],
    more: Partial<Tale> = {},
  ): Promise<Script> {
    const isProtected = (name: CiName) => name !== 'desk' && name !== 'lab';
    const direct = targets.filter((name) => !isProtected(name));
    const covered = targets.filter(isProtected);
    const tale: Tale = {
      world,
      manager: 'mona',
      owner: 'olga',
      operator: 'oskar',
      tester: 'tess',
      changes: covered.length > 0 ? [{ targets: covered, requester: 'rita' }] : [],
      direct,
      content: world.versions.slice(0, 1),
      tested: true,
      byHand: false,
      ...more,
    };
    await (tale.template === undefined ? giveRelease(stage, tale) : startFromTemplate(stage, tale));
    return new Script(stage, tale);
  }

  get id(): string {
    return this.tale.id as string;
  }

  async stand(): Promise<Standing> {
    return await standing(this.stage, parseNodeId(this.id)?.uuid ?? '');
  }

  /** Node id of the last distribution that was planned. */
  async distribution(): Promise<string> {
    return toNodeId('Distribution', (await this.stand()).distributions.at(-1)?.id ?? '');
  }

  /**
   * Lets the release go on in the ordinary way until it is where a test wants it.
   * @throws Error when it does not get there
   */
  async until(reached: (stand: Standing) => boolean): Promise<void> {
    let answer: Answer | undefined;
    for (let n = 0; n < MOST_STEPS; n++) {
      if (reached(await this.stand())) return;
      const next = await nextStep(this.stage, this.tale);
      if (next === 'over') break;
      if ('wait' in next) await this.stage.pass(next.wait, next.wait);
      else if ((answer = await this.stage.act(next.by, next.command, next.input)).ok) next.made?.(answer);
    }
    throw new Error(`The release is ${JSON.stringify(await this.stand())}. Last answer: ${JSON.stringify(answer)}.`);
  }

  /** Goes on until the release is in a state. */
  async untilState(state: string): Promise<void> {
    await this.until((stand) => stand.state === state);
  }

  /** Goes on until a distribution is in a state. */
  async untilDistribution(state: string): Promise<void> {
    await this.until(({ distributions }) => distributions.some((distribution) => distribution.state === state));
  }

  /** Lets the clock come to the booked start of the release, without any work by the server. */
  async toSlot(minutes = 1): Promise<void> {
    const { from } = await this.stand();
    this.stage.clock.set(new Date((from ?? this.stage.now) + minutes * 60_000));
  }

  /** Goes on until a distribution is scheduled, and starts it in its slot. */
  async startInSlot(): Promise<Answer> {
    await this.untilDistribution('SCHEDULED');
    await this.toSlot();
    return await this.start();
  }

  /** Lets the clock come to just after the slot of the release, without any work by the server. */
  async afterSlot(): Promise<void> {
    const { to } = await this.stand();
    this.stage.clock.set(new Date((to ?? this.stage.now) + 60_000));
  }

  /** Has the operator start the last distribution. */
  async start(): Promise<Answer> {
    return await this.stage.act(this.tale.operator, 'distributionStart', { id: await this.distribution() });
  }
}
