import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { childEnvironment, loadConfig, VERSION } from '../../config.js';
import { issueToken } from '../token.command.js';
import { gatherCast } from './cast.js';
import { endChild } from './child.js';
import { ApiClient } from './client.js';
import { estateFor, type Estate } from './estate.js';
import { drawRollout } from './picture.js';
import { terminalScreen, type Screen } from './screen.js';
import { setStage, TARGETS } from './stage.js';
import { playStory } from './story.js';
import { showTrace } from './trace.js';

const run = promisify(execFile);

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..');

async function answers(url: string): Promise<boolean> {
  return await fetch(`${url}/readyz`).then(
    (response) => response.ok,
    () => false,
  );
}

/**
 * Starts a server when none answers, with the tools file that the servers of the story need.
 * @returns the process to stop at the end
 * @throws Error when another server answers that cannot know these tools
 */
async function serverFor(url: string, folder: string, { tools }: Estate, screen: Screen) {
  if (await answers(url)) {
    if (tools === undefined) return undefined;
    throw new Error(`A server answers at ${url}. Stop it: this demo starts one that knows its hosts.`);
  }
  screen.note(`No server answers at ${url}; starting one.`);
  const toolsFile = join(folder, 'tools.json');
  if (tools !== undefined) writeFileSync(toolsFile, JSON.stringify(tools));
  const server = spawn(process.execPath, [join(root, 'bin', 'interlock.mjs'), 'serve'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: childEnvironment({ LOG_LEVEL: 'error', ...(tools !== undefined && { INTERLOCK_TOOLS: toolsFile }) }),
  });
  let said = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-4_096)));
  for (let tries = 0; !(await answers(url)); tries++) {
    if (server.exitCode !== null || tries > 300) {
      await endChild(server);
      throw new Error(`The server did not start:\n${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return server;
}

/** @throws Error when the server has another database than this command, which cannot make tokens for it then */
async function expectSameDatabase(administrator: ApiClient): Promise<void> {
  try {
    await administrator.query('{ viewer { roles } }');
  } catch (error) {
    if (!(error as Error).message.includes('UNAUTHENTICATED')) throw error;
    throw new Error(
      `The server at ${administrator.url} uses another database than this command: give both the same DATABASE_URL ` +
        'and INTERLOCK_DATA_DIR, or stop it.',
      { cause: error },
    );
  }
}

/** Packs this package as npm would publish it. @returns the file */
async function packSelf(folder: string): Promise<string> {
  await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
  const file = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (file === undefined) throw new Error('npm pack did not write a file.');
  return join(folder, file);
}

/** Options of `interlock demo`. */
export interface DemoOptions {
  readonly picture?: string;
  readonly tool?: string;
}

/** Servers of the second wave that fail at first. */
const FAILING = ['web-08', 'web-13'];

/**
 * Plays the story of a release that distributes this package to sixty servers in four waves. Two servers of the second
 * wave fail at first, so the rollout stops and asks.
 * @param picture file to draw the rollout into, as SVG
 * @param tool what the servers are: directories (default), or hosts that a deployment tool reaches
 */
export async function demo({ picture, tool = 'directory' }: DemoOptions = {}): Promise<void> {
  const config = loadConfig();
  const url = config.publicUrl ?? `http://${config.host}:${config.port}`;
  const screen = terminalScreen();
  const started = Date.now();
  const estate = await estateFor(tool, config, TARGETS);
  if (estate.tools !== undefined) screen.note(`${TARGETS.length} hosts listen on loopback addresses.`);
  const folder = mkdtempSync(join(tmpdir(), 'interlock-demo-'));
  let server: ChildProcess | undefined;
  const clients: ApiClient[] = [];
  try {
    server = await serverFor(url, folder, estate, screen);
    const administrator = async (name: string, email: string) =>
      // Two days, because a token of the story does not outlive theirs.
      new ApiClient(url, name, await issueToken({ role: ['ADMINISTRATOR'], name, email, days: '2' }));
    const first = await administrator('Demo administrator', 'administrator@demo.example');
    await expectSameDatabase(first);
    const packing = packSelf(folder);
    packing.catch(() => {}); // it is awaited below, unless something else fails first
    const second = await administrator('Second administrator', 'administrator2@demo.example');
    screen.step('administrators', 'create the people of the story: one proposes their access, the other confirms it');
    const cast = await gatherCast({ first, second });
    clients.push(...Object.values(cast).map(({ api }) => api));
    const stage = await setStage(cast, estate);
    const result = await playStory(
      cast,
      stage,
      {
        estate,
        packageFile: await packing,
        label: `${VERSION}-demo.${started.toString(36)}`,
        leadSeconds: 3,
        beforeStart: async () => {
          FAILING.forEach((name) => estate.failOnce(name));
          screen.note(`(a file .fail-once makes ${FAILING.join(' and ')} fail)`);
        },
      },
      screen,
    );
    screen.step('anybody', 'reads the whole trace with one query');
    await showTrace(cast.conny.api, result, estate, await packing, screen);
    if (picture !== undefined) {
      writeFileSync(picture, await drawRollout(cast.conny.api, result.distributionId));
      screen.note(`The picture of the rollout is in ${picture}.`);
    }
    screen.note(`Done in ${Math.round((Date.now() - started) / 1000)} s.`);
  } finally {
    for (const client of clients) await client.close();
    rmSync(folder, { recursive: true, force: true });
    if (server) await endChild(server);
    await estate.end();
  }
}
