import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HttpSimulator, type SimulatedAnswer, type SimulatedRequest } from './http-simulator.js';

/** A simulated tool that works in small steps and answers requests to its API. */
export interface SteppedTool {
  step(): void;
  /** @param path below the address of the API */
  answer(method: string, path: string, request: SimulatedRequest): SimulatedAnswer;
}

/** What a tool does to the world, as files that somebody can count. */
export class Effects {
  /** @param folder absent: nothing is written */
  constructor(private readonly folder?: string) {}

  /** Writes an empty file. */
  note(place: string, name: string): void {
    if (this.folder === undefined) return;
    mkdirSync(join(this.folder, place), { recursive: true });
    writeFileSync(join(this.folder, place, name.replaceAll(' ', '-')), '');
  }
}

/**
 * An HTTP server with a tool of its own below each path. A path that is also a directory gets the effects of its tool,
 * so that each case of the conformance kit can have its own.
 */
export class SimulatedServers<T extends SteppedTool> {
  readonly http = new HttpSimulator((request) => this.#answer(request));
  readonly #tools = new Map<string, T>();
  #timer: NodeJS.Timeout | undefined;

  /** @param api the address of the API below each path, for example `/api/v2/` */
  constructor(
    private readonly api: string,
    private readonly stepMs: number,
    private readonly make: (effects: Effects) => T,
  ) {}

  /** Where it listens. */
  get url(): string {
    return this.http.url;
  }

  /** The tool at a path; by default the one at the root. */
  at(path = ''): T {
    const known = this.#tools.get(path);
    if (known !== undefined) return known;
    const made = this.make(new Effects(path !== '' && existsSync(path) ? join(path, 'tool') : undefined));
    this.#tools.set(path, made);
    return made;
  }

  /** Listens. */
  async start(): Promise<this> {
    await this.http.start();
    this.#timer ??= setInterval(() => {
      for (const tool of this.#tools.values()) tool.step();
    }, this.stepMs);
    return this;
  }

  /** Stops listening; the objects stay. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.http.stop();
  }

  /** The answer of a tool. */
  protected ask(tool: T, path: string, request: SimulatedRequest): SimulatedAnswer {
    return tool.answer(request.method, path, request);
  }

  #answer(request: SimulatedRequest): SimulatedAnswer {
    const [below, path] = request.path.split(this.api, 2);
    if (below === undefined || path === undefined)
      return { status: 404, text: '<h1>Not found</h1>', headers: { 'content-type': 'text/html' } };
    return this.ask(this.at(below), path, request);
  }
}
