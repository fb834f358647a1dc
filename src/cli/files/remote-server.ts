import { readFileSync } from 'node:fs';
import { clientEnvironment, loadConfig } from '../../config.js';

/** Where `--url` and `--token-file` lead. */
export interface ServerOptions {
  readonly url?: string;
  readonly tokenFile?: string;
}

/** A server, and who asks it. */
export interface RemoteServer {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A server refused a request. Its message is for people. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'Refused';
  }
}

/** The server of the options, else of the environment. @throws Error without a token */
export function remoteServer({ url, tokenFile }: ServerOptions): RemoteServer {
  const given = clientEnvironment();
  const token = tokenFile === undefined ? given.token : readFileSync(tokenFile, 'utf8').trim();
  if (token === undefined || token === '')
    throw new Error(
      'No token: set INTERLOCK_TOKEN, or give --token-file. `interlock token create --role ROLE` makes one on the ' +
        'machine of the server.',
    );
  const address = url ?? given.url ?? `http://127.0.0.1:${loadConfig().port}`;
  if (!URL.canParse(address)) throw new Error(`"${address}" is no address of a server.`);
  return { url: address.replace(/\/+$/, ''), headers: { authorization: `Bearer ${token}` } };
}

/** What an answer says is wrong. */
export function refusalIn(status: number, body: string): Refused {
  try {
    const [error] = (JSON.parse(body) as { errors: { message: string; extensions: { code: string } }[] }).errors;
    if (error) return new Refused(status, error.extensions.code, error.message);
  } catch {
    // not of this server
  }
  return new Refused(status, 'UNKNOWN', `The server answered ${status}: ${body.slice(0, 200)}`);
}

/** How often something is tried that a lost connection or a restart of the server interrupts. */
const TRIES = 6;

// What passes by itself: no connection, and a server that stops or starts.
const passes = (error: unknown): boolean =>
  error instanceof Refused ? error.code === 'UNAVAILABLE' : error instanceof TypeError;

const waitFor = async (seconds: number): Promise<void> =>
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));

/**
 * Tries something again while the server cannot be reached, after 1, 2, 4 … seconds, but not once it has answered
 * that it will not do it.
 * @param progress tells how far it is; each step forward allows all tries again.
 */
export async function untilReached<T>(work: () => Promise<T>, progress: () => unknown, url: string): Promise<T> {
  let [tries, before] = [0, progress()];
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!passes(error)) throw error;
      if (progress() !== before) [tries, before] = [0, progress()];
      tries += 1;
      const cause = (error as { cause?: { code?: string } }).cause?.code;
      const why =
        error instanceof Refused
          ? error.message
          : `${error instanceof Error ? error.message : ''}${cause === undefined ? '' : ` (${cause})`}`;
      if (tries === TRIES)
        throw new Error(`Cannot reach the server at ${url}: ${why}. Run the command again to go on.`, { cause: error });
      process.stderr.write(`The connection was lost: ${why}. Going on in ${2 ** (tries - 1)} s.\n`);
      await waitFor(2 ** (tries - 1));
    }
  }
}
