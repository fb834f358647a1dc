/** Talks to the hosts of one order: runs scripts on them, copies media to them. Knows nothing of what either is for. */
import { randomBytes } from 'node:crypto';
import type { Order } from './order.js';
import { runProgram } from './program.js';
import { readAnswer, type Said } from './remote-answer.js';
import { incomingOf, type Place } from './remote-scripts.js';
import { copyFailure, rsyncCommand, silenceOf, sshCommand, type Silence } from './ssh-client.js';

/** The answer of a host, or why there is none. */
export type Answer = { readonly said: Said } | { readonly silence: Silence };

/** The hosts of one order. */
export class Remote {
  constructor(
    readonly order: Order,
    /** Where the settings of ssh and the media are. */
    private readonly folder: string,
  ) {}

  /**
   * Runs a script on a host. Without its last line nothing is known: it may have run, in part or not at all.
   * @param seconds how long the script itself may take
   */
  async run(index: number, script: (place: Place) => string, seconds: number, signal: AbortSignal): Promise<Answer> {
    const nonce = randomBytes(12).toString('hex');
    const target = this.order.targets[index];
    if (target === undefined) throw new RangeError(`The order has no target ${index}.`);
    const ended = await runProgram(sshCommand(index), {
      cwd: this.folder,
      stdin: script({ order: this.order, target, nonce }),
      timeoutMs: (this.order.login.connectSeconds + 20 + seconds) * 1_000,
      signal,
    });
    const said = readAnswer(ended.stdout, nonce);
    return said === undefined ? { silence: silenceOf(ended.stderr, ended.timedOut) } : { said };
  }

  /** Copies the media to a host. @returns why they are not there completely; undefined when they are. */
  async copy(index: number, until: Date, signal: AbortSignal): Promise<Silence | undefined> {
    const target = this.order.targets[index];
    if (target === undefined) throw new RangeError(`The order has no target ${index}.`);
    // A copy takes as long as it takes; rsync and ssh themselves give up when nothing moves.
    const timeoutMs = Math.min(Math.max(1_000, until.getTime() - Date.now()), 2 ** 31 - 1);
    const command = rsyncCommand(index, this.order, target.root, incomingOf(this.order, target));
    const ended = await runProgram(command, { cwd: this.folder, timeoutMs, signal });
    return copyFailure(ended.exitCode, ended.stderr, ended.timedOut);
  }
}
