import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { childEnvironment, loadConfig, VERSION, type Config } from '../../config.js';
import { issueToken } from '../token.command.js';
import { gatherCast } from './cast.js';
import { ApiClient } from './client.js';
import { drawRollout } from './picture.js';
import { terminalScreen, type Screen } from './screen.js';
import { setStage } from './stage.js';
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

/** Starts a server when none answers. @returns the process to stop at the end */
async function serverFor(url: string, screen: Screen): Promise<ChildProcess | undefined> {
  if (await answers(url)) return undefined;
  screen.note(`No server answers at ${url}; starting one.`);
  const server = spawn(process.execPath, [join(root, 'bin', 'interlock.mjs'), 'serve'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: childEnvironment({ LOG_LEVEL: 'error' }),
  });
  let said = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-4_096)));
  for (let tries = 0; !(await answers(url)); tries++) {
    if (server.exitCode !== null || tries > 300) throw new Error(`The server did not start:\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return server;
}

/** Packs this package as npm would publish it. @returns the file */
async function packSelf(folder: string): Promise<string> {
  await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
  const file = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (file === undefined) throw new Error('npm pack did not write a file.');
  return join(folder, file);
}

/** Servers of the second wave that fail at first. */
const FAILING = ['web-08', 'web-13'];

function letSomeFail(config: Config): void {
  for (const name of FAILING) {
    const directory = join(config.dataDir, 'targets', name);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, '.fail-once'), '');
  }
}

/**
 * Plays the story of a release that distributes this package to sixty servers (directories) in four waves. Two servers
 * of the second wave fail at first, so the rollout stops and asks.
 * @param picture file to draw the rollout into, as SVG
 */
export async function demo({ picture }: { readonly picture?: string } = {}): Promise<void> {
  const config = loadConfig();
  const url = config.publicUrl ?? `http://${config.host}:${config.port}`;
  const screen = terminalScreen();
  const started = Date.now();
  const server = await serverFor(url, screen);
  const folder = mkdtempSync(join(tmpdir(), 'interlock-demo-'));
  const clients: ApiClient[] = [];
  try {
    const packing = packSelf(folder);
    const administrator = async (name: string, email: string) =>
      // Two days, because a token of the story does not outlive theirs.
      new ApiClient(url, name, await issueToken({ role: ['ADMINISTRATOR'], name, email, days: '2' }));
    const first = await administrator('Demo administrator', 'administrator@demo.example');
    const second = await administrator('Second administrator', 'administrator2@demo.example');
    screen.step('administrators', 'create the people of the story: one proposes their access, the other confirms it');
    const cast = await gatherCast({ first, second });
    clients.push(...Object.values(cast).map(({ api }) => api));
    const stage = await setStage(cast);
    const result = await playStory(
      cast,
      stage,
      {
        packageFile: await packing,
        label: `${VERSION}-demo.${started.toString(36)}`,
        leadSeconds: 3,
        beforeStart: async () => {
          letSomeFail(config);
          screen.note(`(a file .fail-once makes ${FAILING.join(' and ')} fail)`);
        },
      },
      screen,
    );
    screen.step('anybody', 'reads the whole trace with one query');
    await showTrace(cast.conny.api, result, join(config.dataDir, 'targets'), screen);
    if (picture !== undefined) {
      writeFileSync(picture, await drawRollout(cast.conny.api, result.distributionId));
      screen.note(`The picture of the rollout is in ${picture}.`);
    }
    screen.note(`Done in ${Math.round((Date.now() - started) / 1000)} s.`);
  } finally {
    for (const client of clients) await client.close();
    rmSync(folder, { recursive: true, force: true });
    if (server) {
      server.kill('SIGTERM');
      await new Promise((resolve) => server.once('exit', resolve));
    }
  }
}
