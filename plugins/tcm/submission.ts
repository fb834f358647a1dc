/**
 * Giving an order at most once. Whatever a process that died has left behind, the next one reads from the order book
 * whether the order was given, and asks the product by its label where the profile can.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { AdapterError, type AdapterContext } from '../../src/adapters/adapter.js';
import type { Attempt, Order, OrderBook } from './order-book.js';
import { planValues } from './profile.js';
import type { Profile } from './profile-format.js';
import type { Ran, Runner } from './runner.js';
import type { TcmSettings } from './settings.js';
import { CLAIMED } from './shell.js';
import { argvOf, planText, safeName, spelledPackage, spelledTarget, type Values } from './templates.js';
import { matchesIn } from './tivoli-output.js';

/** How soon a caller asks again about an order that another process gives, in milliseconds. */
const ASK_AGAIN_MS = 2_000;
/** How long a caller waits for an order that another process gives, in milliseconds. */
const PATIENCE_MS = 5_000;
/** How often it looks meanwhile. */
const LOOK_MS = 25;

/** What is known of an order. `clear`: it was certainly not given. `unclear`: nobody can tell. */
export type Standing =
  | { readonly is: 'given'; readonly id: string }
  | { readonly is: 'clear'; readonly next: number }
  | { readonly is: 'unclear'; readonly why: string };

/** The values of an order for commands and documents. */
export function valuesOf(order: Order): Values {
  const endpoints = order.targets.map(({ endpoint }) => safeName(endpoint, 'endpoint'));
  return {
    package: safeName(spelledPackage(order.package), 'package'),
    packageName: safeName(order.package.name, 'package name'),
    packageVersion: safeName(order.package.version, 'package version'),
    label: safeName(order.label, 'label'),
    operation: order.operation,
    title: order.title,
    endpoints,
    targets: endpoints.map(spelledTarget),
  };
}

/** The id of the run in what the order printed; undefined when the pattern does not match. Pure. */
export function runIdIn(stdout: string, pattern: string): string | undefined {
  const id = new RegExp(pattern, 'mu').exec(stdout)?.groups?.['id'];
  return id !== undefined && /^(?!-)[A-Za-z0-9._^#-]{1,200}$/u.test(id) ? id : undefined;
}

/** Gives the orders of one instance. */
export class Submission {
  constructor(
    private readonly settings: TcmSettings,
    private readonly profile: Profile,
    private readonly context: AdapterContext,
    private readonly runner: Runner,
    private readonly book: OrderBook,
  ) {}

  /**
   * Gives a stored order, unless it has been given.
   * @returns the id of the run in the product.
   * @throws AdapterError OUTCOME_UNKNOWN when nobody can tell whether it was given.
   */
  async give(order: Order, signal: AbortSignal): Promise<string> {
    const standing = await this.standing(order, signal);
    if (standing.is === 'given') return standing.id;
    if (standing.is === 'unclear') throw new AdapterError('OUTCOME_UNKNOWN', standing.why);
    const command = this.profile.operations[order.operation];
    if (command === undefined)
      throw new AdapterError('UNIMPLEMENTED', `The profile has no command for ${order.operation}.`);
    const planFile = await this.plan(order, signal);
    const argv = argvOf(command, { ...valuesOf(order), ...(planFile !== undefined && { planFile }) });
    this.runner.started(argv);
    signal.throwIfAborted();
    await this.book.announce(order.key, standing.next, this.context.now().toISOString());
    const claim = this.book.claim(order.key, standing.next);
    const wrapper = await this.runner.order(command, argv, claim, signal);
    if (wrapper === CLAIMED) {
      const theirs = await this.standing(order, signal);
      if (theirs.is === 'given') return theirs.id;
      throw underWay();
    }
    const attempt = await this.book.attempt(order.key);
    if (attempt.step !== 'ended')
      throw new AdapterError('OUTCOME_UNKNOWN', 'The order was sent and has no answer; it may have taken effect.');
    return await this.answered(order, attempt.ran);
  }

  /**
   * What is known of a stored order, without giving it.
   * @throws AdapterError ABORTED when another process takes long to give it.
   */
  async standing(order: Order, signal: AbortSignal): Promise<Standing> {
    const known = await this.book.runId(order.key);
    if (known !== undefined) return { is: 'given', id: known };
    const attempt = await this.settled(order.key, signal);
    if (attempt.step === 'none') return { is: 'clear', next: attempt.number };
    if (attempt.step === 'ended') {
      try {
        return { is: 'given', id: await this.answered(order, attempt.ran) };
      } catch (error) {
        if (!(error instanceof AdapterError)) throw error;
        if (error.code !== 'OUTCOME_UNKNOWN') return { is: 'clear', next: attempt.number + 1 };
        return await this.asked(order, attempt, error.message, signal);
      }
    }
    return await this.asked(order, attempt, 'The answer to the order was lost.', signal);
  }

  /** The latest attempt, once no process works on it. @throws AdapterError ABORTED while one does. */
  private async settled(key: string, signal: AbortSignal): Promise<Exclude<Attempt, { step: 'running' }>> {
    const giveUp = performance.now() + PATIENCE_MS;
    for (;;) {
      const attempt = await this.book.attempt(key);
      if (attempt.step !== 'running') return attempt;
      if (performance.now() >= giveUp) throw underWay();
      await pause(LOOK_MS, undefined, { signal });
    }
  }

  /** The id of the run with a label in the product; undefined when it lists none. */
  async labelled(label: string, signal: AbortSignal): Promise<string | undefined> {
    const { find } = this.profile;
    if (find === undefined) return undefined;
    const text = await this.runner.output(find, argvOf(find, { label }), signal);
    const ids = matchesIn(text, find.line).filter((groups) => groups['label']?.trim() === label);
    const [id, ...more] = [...new Set(ids.map((groups) => groups['id']?.trim() ?? ''))];
    if (more.length > 0)
      throw new AdapterError('FAILED_PRECONDITION', `The product has ${more.length + 1} runs with the label ${label}.`);
    return id === undefined ? undefined : safeName(id, 'id of the run');
  }

  /** What the product says of an order whose answer is not known. */
  private async asked(
    order: Order,
    attempt: Extract<Attempt, { step: 'ended' | 'lost' }>,
    why: string,
    signal: AbortSignal,
  ): Promise<Standing> {
    const { find } = this.profile;
    if (find === undefined) return { is: 'unclear', why };
    const id = await this.labelled(order.label, signal);
    if (id !== undefined) {
      await this.book.found(order.key, id);
      return { is: 'given', id };
    }
    // An order that ended well, or named its run, was taken. Sending it again would start a second run.
    const taken =
      attempt.step === 'ended' &&
      (attempt.ran.exitCode === 0 || runIdIn(attempt.ran.stdout, this.profile.runId) !== undefined);
    if (taken) return { is: 'unclear', why: `${why} The product does not list its label.` };
    const command = this.profile.operations[order.operation];
    const settled =
      new Date(attempt.sentAt).getTime() + this.runner.timeoutOf(command ?? {}) + Math.ceil(find.settleSeconds * 1000);
    const retryAfterMs = settled - this.context.now().getTime();
    if (retryAfterMs <= 0) return { is: 'clear', next: attempt.number + 1 };
    throw new AdapterError('ABORTED', `${why} The product does not list it, but still may.`, { retryAfterMs });
  }

  /** The id in the answer to an order. @throws AdapterError why there is none. */
  private async answered(order: Order, ran: Ran): Promise<string> {
    const failure = this.runner.failure(ran, 'order');
    const id = runIdIn(ran.stdout, this.profile.runId);
    if (failure !== undefined) {
      if (id === undefined) throw failure;
      throw new AdapterError('OUTCOME_UNKNOWN', `The product named the run ${id} and then failed: ${failure.message}`);
    }
    if (id === undefined) {
      throw new AdapterError(
        'OUTCOME_UNKNOWN',
        'The order ended with exit code 0, but its output has no id that fits the pattern of the profile.',
      );
    }
    await this.book.found(order.key, id);
    return id;
  }

  /** Stores and imports the plan of an order. Neither starts anything, so both may be repeated. */
  private async plan(order: Order, signal: AbortSignal): Promise<string | undefined> {
    const { plan } = this.profile;
    const template = plan?.documents[order.operation];
    if (plan === undefined || template === undefined) return undefined;
    const values = valuesOf(order);
    const planFile = `${this.settings.planDirectory ?? ''}/${order.label}.xml`;
    await this.runner.store(planFile, planText(template, planValues(values), values['endpoints'] as string[]), signal);
    if (plan.import === undefined) return planFile;
    const argv = argvOf(plan.import, { planFile, label: order.label });
    const ran = await this.runner.run(plan.import, argv, signal);
    const failure = this.runner.failure(ran, 'read');
    const { repeated } = plan.import;
    const isThere = repeated !== undefined && new RegExp(repeated, 'u').test(`${ran.stdout}\n${ran.stderr}`);
    if (failure !== undefined && !isThere) throw failure;
    return planFile;
  }
}

function underWay(): AdapterError {
  return new AdapterError('ABORTED', 'Another process gives this order at the moment.', { retryAfterMs: ASK_AGAIN_MS });
}
