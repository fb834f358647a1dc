/** Prepares the folder of a run: settings, inventory, variables, secrets, media, and a playbook within bounds. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { cp, mkdir, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import {
  AdapterError,
  type AdapterContext,
  type Artifact,
  type DistributionRequest,
} from '../../src/adapters/adapter.js';
import { dataYaml } from './inventory.js';
import { environmentOf, filesOf, playOf, type Order, type Play, type RunRecord } from './order.js';
import type { RunFolder } from './run-folder.js';
import type { PackageBinding, Settings } from './settings.js';
import { proofOf } from './verdict.js';

const CONTROL = fileURLToPath(new URL('control/', import.meta.url));
/** How long Ansible may take to read a playbook. */
const READ_MS = 60_000;

async function digestOfFolder(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const entry of (await readdir(folder, { recursive: true, withFileTypes: true })).sort((a, b) =>
    join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1,
  )) {
    if (!entry.isFile()) continue;
    hash.update(`${entry.name}\0`).update(await readFile(join(entry.parentPath, entry.name)));
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * Copies what runs beside Ansible to the work directory, once for each version of it: a run outlives an upgrade of the
 * server, and must not find half of the new version in the middle of its work.
 * @returns the folder.
 */
export async function installControl(workDir: string): Promise<string> {
  const folder = join(workDir, 'control', await digestOfFolder(CONTROL));
  if ((await readdir(folder).catch(() => [])).length > 0) return folder;
  const staged = `${folder}~${process.pid}.${performance.now()}`;
  await cp(CONTROL, staged, { recursive: true });
  await rename(staged, folder).catch(async (error: NodeJS.ErrnoException) => {
    await rm(staged, { recursive: true, force: true });
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
  return folder;
}

/** A playbook below the folder for them, also after all links are followed. */
async function ownPlaybook(directory: string, path: string): Promise<string> {
  const missing = (): never => {
    throw new AdapterError('FAILED_PRECONDITION', `There is no playbook ${path} below \`playbookDir\`.`);
  };
  const root = await realpath(directory).catch(missing);
  const file = await realpath(join(directory, path)).catch(missing);
  if (!file.startsWith(`${root}${sep}`))
    throw new AdapterError('INVALID_ARGUMENT', `The playbook ${path} leads out of \`playbookDir\`.`);
  return file;
}

async function writeSecrets(run: RunFolder, settings: Settings, context: AdapterContext): Promise<void> {
  const folder = run.at('secrets');
  await mkdir(folder, { mode: 0o700 });
  const write = async (name: string, content: string): Promise<void> =>
    await writeFile(join(folder, name), content, { mode: 0o600 });
  const { privateKey, becomePassword, vaultPassword, mediaToken } = settings;
  // ssh wants a newline at the end of a key.
  if (privateKey !== undefined) await write('key', `${(await context.secrets.get(privateKey)).trimEnd()}\n`);
  if (becomePassword !== undefined) await write('become', await context.secrets.get(becomePassword));
  if (vaultPassword !== undefined) await write('vault', await context.secrets.get(vaultPassword));
  if (mediaToken === undefined) return;
  const token = await context.secrets.get(mediaToken);
  await write('token', token);
  await write('media.yml', dataYaml({ interlock_media_headers: { Authorization: `Bearer ${token}` } }));
}

async function bring(artifact: Artifact, file: string, context: AdapterContext, signal: AbortSignal): Promise<void> {
  const content = await context.artifacts.open(artifact.sha256);
  await pipeline(Readable.fromWeb(content as never), createWriteStream(file, { mode: 0o600 }), { signal });
}

async function bringMedia(
  run: RunFolder,
  request: DistributionRequest,
  play: Play,
  context: AdapterContext,
  signal: AbortSignal,
): Promise<void> {
  const folder = run.at('media');
  await mkdir(folder, { mode: 0o700 });
  if (play.kind === 'shipped') {
    await mkdir(run.at('project'), { mode: 0o700 });
    await bring(play.artifact, join(run.at('project'), play.artifact.name), context, signal);
  }
  const { delivery = 'by-value' } = request.package.binding as PackageBinding;
  if (request.operation !== 'install' || delivery !== 'by-value' || request.dryRun) return;
  const seen = new Set<string>();
  for (const artifact of request.package.artifacts) {
    const isPlaybook = play.kind === 'shipped' && artifact === play.artifact;
    if (isPlaybook || seen.has(artifact.sha256)) continue;
    seen.add(artifact.sha256);
    await bring(artifact, join(folder, artifact.sha256), context, signal);
  }
}

/** What a prepared folder holds. */
export interface Prepared {
  readonly record: RunRecord;
  readonly order: Order;
  readonly play: Play;
}

/**
 * Fills a folder with everything that Ansible needs.
 * @param final where the folder will stand when Ansible runs.
 * @throws AdapterError for whatever makes the request impossible; then nothing has been started.
 */
export async function prepare(
  run: RunFolder,
  final: string,
  request: DistributionRequest,
  parts: {
    readonly settings: Settings;
    readonly control: string;
    readonly context: AdapterContext;
    readonly isShared: boolean;
  },
  signal: AbortSignal,
): Promise<Prepared> {
  const { settings, control, context, isShared } = parts;
  const play = playOf(request, settings);
  const playbook =
    play.kind === 'built-in'
      ? join(control, 'deliver.yml')
      : play.kind === 'own'
        ? await ownPlaybook(settings.playbookDir as string, play.path)
        : join(final, 'project', play.artifact.name);
  const { files, order, aliases } = filesOf(request, settings, play, { run: final, control, playbook }, isShared);
  const record: RunRecord = {
    fingerprint: request.fingerprint,
    createdAt: context.now().toISOString(),
    hosts: Object.fromEntries(aliases.map((alias, index) => [alias, request.targets[index]?.ciId ?? ''])),
    proof: proofOf(request, play.kind === 'shipped' ? play.artifact.name : undefined),
  };
  for (const [name, content] of Object.entries({ ...files, 'run.json': JSON.stringify(record) }))
    await writeFile(run.at(name), content, { mode: 0o600 });
  await bringMedia(run, request, play, context, signal);
  await writeSecrets(run, settings, context);
  signal.throwIfAborted();
  if (play.kind !== 'built-in') await assertStaysInside(run, order, playbook, play, context, signal);
  return { record, order, play };
}

/** The hosts in the output of `ansible-playbook --list-hosts`. */
export function listedHosts(output: string): string[] {
  const found = [...output.matchAll(/^ {6}(\S+)$/gm)].map(([, host]) => host as string);
  return [...new Set(found)];
}

/** The last error that Ansible printed, in one line. */
export function errorIn(output: string): string {
  const at = output.lastIndexOf('ERROR!');
  const text = at < 0 ? (output.trim().split('\n').at(-1) ?? '') : output.slice(at);
  return text.replace(/\s+/g, ' ').trim().slice(0, 500);
}

/**
 * Lets Ansible read the playbook and say which hosts it would act on. What changes during a run (`add_host`, delegated
 * tasks) is watched by the callback plugin.
 * @throws AdapterError FAILED_PRECONDITION when Ansible cannot read it, or when it acts on other hosts.
 */
async function assertStaysInside(
  run: RunFolder,
  order: Order,
  playbook: string,
  play: Play,
  context: AdapterContext,
  signal: AbortSignal,
): Promise<void> {
  const here = play.kind === 'shipped' ? join(run.at('project'), play.artifact.name) : playbook;
  const ended = await context.spawn(
    [order.program, '-i', 'inventory-all.yml', ...order.arguments.slice(0, -1), '--list-hosts', here],
    {
      cwd: run.path,
      env: environmentOf({ run: run.path }),
      signal,
      timeoutMs: READ_MS,
      maxStdoutBytes: 8 * 1024 * 1024,
    },
  );
  const text = new TextDecoder().decode(ended.stdout);
  if (ended.exitCode !== 0) {
    const said = errorIn(`${text}\n${new TextDecoder().decode(ended.stderr)}`);
    throw new AdapterError('FAILED_PRECONDITION', `Ansible cannot play it: ${said}`);
  }
  const allowed = new Set([...order.batches.flat(), ...order.alsoAllowed]);
  const others = listedHosts(text).filter((host) => !allowed.has(host));
  if (others.length > 0) {
    throw new AdapterError(
      'FAILED_PRECONDITION',
      `The playbook would act on ${others.join(', ')}, which nobody asked for.`,
    );
  }
}
