/** The program that plays the tool for one case; see `ToolFixture` in fixtures.ts. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { JsonValue } from '../adapter.js';

/** How long the program may take to start or to answer. */
const ANSWER_MS = 20_000;
/** How long it may take to end after its standard input has ended. */
const END_MS = 2_000;

/** A running program. Started by {@link ToolProgram.start}. */
export class ToolProgram {
  private constructor(
    private readonly child: ChildProcess,
    private readonly lines: Interface,
    /** The texts of its first line. */
    readonly texts: Readonly<Record<string, string>>,
  ) {}

  /** Starts it and waits until it is ready. Rejects with what it says when it ends instead. */
  static async start(
    [program, ...args]: readonly [string, ...string[]],
    env: Readonly<Record<string, string | undefined>>,
    cwd: string,
  ): Promise<ToolProgram> {
    const child = spawn(program, args, { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-2_000)));
    child.stdin.on('error', () => undefined);
    const lines = createInterface({ input: child.stdout });
    const ended = new Promise<never>((_resolve, reject) => {
      child.once('error', (error) => reject(new Error(`The program of the tool cannot be started: ${error.message}`)));
      child.once('exit', (code) => reject(new Error(`The program of the tool ended with ${code}: ${said}`)));
    });
    ended.catch(() => undefined);
    const first = await Promise.race([nextLine(lines), ended]);
    const told = JSON.parse(first) as Record<string, unknown>;
    const texts = Object.entries(told).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    return new ToolProgram(child, lines, Object.fromEntries(texts));
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Tells it how to behave from now on, and waits for its answer. */
  async tell(what: JsonValue): Promise<void> {
    const answer = nextLine(this.lines);
    this.child.stdin?.write(`${JSON.stringify(what)}\n`);
    await answer;
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.stdin?.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), END_MS);
    await gone;
    clearTimeout(timer);
    this.lines.close();
  }
}

async function nextLine(lines: Interface): Promise<string> {
  const [line] = (await once(lines, 'line', { signal: AbortSignal.timeout(ANSWER_MS) })) as [string];
  return line;
}
