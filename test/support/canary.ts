/**
 * A secret that must show nowhere, and the places to look for it: texts, folders, the database, and what other
 * processes show of themselves. For the whole-story tests of tools:
 *
 *     const canary = new Canary();
 *     … the tool gets canary.value as its password, and the story is played …
 *     expect(await canary.shownIn({
 *       texts: { log: server.out.stdout + server.out.stderr, answers: JSON.stringify(answers) },
 *       folders: [dataDir, temporary],
 *       database: app.testDatabase.url,
 *       processes: true,
 *     })).toEqual([]);
 */
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { secretForms } from '../../src/adapters/conformance/secret-forms.js';

/** Where to look. */
export interface Places {
  /** Texts by name: logs, answers, errors, events. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Folders with everything below them: data, work and temporary directories. */
  readonly folders?: readonly string[];
  /** Files that may hold it, for example the one from which the server reads the secret. */
  readonly except?: readonly string[];
  /** Address of a database: every row of every table is searched, as a dump of it would show them. */
  readonly database?: string;
  /**
   * Arguments of all processes now, and their environments where these can be read. The process ids in
   * `mayHaveItInEnvironment` are those that get the secret in their environment on purpose.
   */
  readonly processes?: boolean | { readonly mayHaveItInEnvironment: readonly number[] };
}

const rowsWith = async (client: pg.Client, from: string, forms: readonly string[]): Promise<number> => {
  const { rows } = await client.query<{ n: string }>(
    `select count(*) as n from ${from} r where exists (select from unnest($1::text[]) f where strpos(r::text, f) > 0)`,
    [forms],
  );
  return Number(rows[0]?.n);
};

/** See the file's head. */
export class Canary {
  /** The secret: long enough that it occurs nowhere by chance. */
  readonly value: string;

  /** @param value a secret with a form of its own; absent: an invented one. */
  constructor(value: string = `canary-${randomBytes(15).toString('hex')}`) {
    this.value = value;
  }

  /** The forms in which it could show: as it is, in an address, in hexadecimal (as in a dump), and in Base64. */
  get forms(): readonly string[] {
    return secretForms(this.value);
  }

  /** Every place that shows it, as one line each; empty when there is none. */
  async shownIn({ texts = {}, folders = [], except = [], database, processes = false }: Places): Promise<string[]> {
    const { forms } = this;
    const shows = (content: Buffer | string): boolean => forms.some((form) => content.includes(form));
    const found = Object.entries(texts).flatMap(([name, text]) => (shows(text) ? [name] : []));
    for (const folder of folders) found.push(...(await this.filesIn(folder, except, shows)));
    if (database !== undefined) found.push(...(await this.tablesIn(database)));
    if (processes !== false)
      found.push(...(await this.inProcesses(processes === true ? [] : processes.mayHaveItInEnvironment, shows)));
    return found;
  }

  private async filesIn(
    folder: string,
    except: readonly string[],
    shows: (content: Buffer | string) => boolean,
  ): Promise<string[]> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const found: string[] = [];
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name);
      if (except.includes(path)) continue;
      if (shows(entry.name)) found.push(`the name ${path}`);
      // Files come and go while a server works; one that is gone shows nothing.
      if (entry.isFile() && shows(await readFile(path).catch(() => ''))) found.push(path);
    }
    return found;
  }

  private async tablesIn(database: string): Promise<string[]> {
    const client = new pg.Client({ connectionString: database });
    await client.connect();
    try {
      const { rows } = await client.query<{ name: string }>(
        `select format('%I.%I', n.nspname, c.relname) as name
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
         order by 1`,
      );
      const found: string[] = [];
      for (const { name } of rows) {
        const n = await rowsWith(client, name, this.forms);
        if (n > 0) found.push(`the table ${name} (rows: ${n})`);
      }
      return found;
    } finally {
      await client.end();
    }
  }

  private async inProcesses(
    mayHaveIt: readonly number[],
    shows: (content: Buffer | string) => boolean,
  ): Promise<string[]> {
    const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
    const found: string[] = [];
    for (const pid of pids) {
      // A process that has ended in between, or that belongs to somebody else, cannot be read.
      const read = async (file: string): Promise<Buffer | string> =>
        await readFile(`/proc/${pid}/${file}`).catch(() => '');
      if (shows(await read('cmdline'))) found.push(`the arguments of process ${pid}`);
      if (!mayHaveIt.includes(Number(pid)) && shows(await read('environ')))
        found.push(`the environment of process ${pid}`);
    }
    return found;
  }
}
