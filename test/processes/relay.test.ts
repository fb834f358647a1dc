import { afterEach, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { printSchema } from 'graphql';
import { schema } from '../../src/app.js';

const run = promisify(execFile);
const folders: string[] = [];

/** Compiles the project against a schema, as a console's build would. */
async function compile(sdl: string, ...flags: string[]): Promise<string> {
  const folder = folders[0] ?? mkdtempSync(join(tmpdir(), 'interlock-relay-'));
  folders[0] = folder;
  cpSync('test/relay/project', folder, { recursive: true });
  writeFileSync(join(folder, 'schema.graphql'), sdl);
  await run(process.execPath, [resolve('node_modules/relay-compiler/cli.js'), ...flags, 'relay.config.json'], {
    cwd: folder,
  });
  return folder;
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe('Relay can be used against the schema', () => {
  test('connections, refetchable fragments and subscriptions compile, and compile to the same again', async () => {
    const folder = await compile(printSchema(schema()));
    expect(readdirSync(join(folder, 'src', '__generated__'))).toContain('releasesListPaginationQuery.graphql.js');
    await compile(printSchema(schema()), '--validate');
  });

  test('a schema whose nodes cannot be fetched by id is refused', async () => {
    const broken = printSchema(schema()).replace(/^ {2}node\(/m, '  thing(');
    await expect(compile(broken)).rejects.toThrow(/Invalid use of @refetchable/);
  });
});
