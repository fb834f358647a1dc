/** Does the adapter keep up with many targets, many reports and long logs, in bounded memory? */
import assert from 'node:assert/strict';
import type { CaseList } from './case-list.js';
import { assertAllEnded } from './assertions.js';
import type { RunVariation } from './fixtures.js';
import type { HostTask } from './host.js';
import { assertRefused } from './submit.cases.js';
import type { World } from './world.js';

const MANY_TARGETS = 1_000;
const MANY_REPORTS = 5_000;
const LONG_LOG_BYTES = 10_000_000;
/** How much the memory of the process may grow, in bytes: far more than one answer needs, far less than all of them. */
const GROWTH_BYTES = 96 * 1024 * 1024;
/** Sizes of the pieces in which a log is read: one that cuts most characters of several bytes, and an ordinary one. */
const PIECES_BYTES = [7, 200];
const MAX_PIECES = 400;

function logCases({ add, capabilities }: CaseList): void {
  if (capabilities.logs !== 'cursor') return;
  add('logs: can be read on from a cursor to the end', 'logs: cursor', async (world) => {
    const adapter = await world.hosted();
    const release = { id: 'rel-log', name: 'żółć 漢字 🚀 release', version: '1.0.0', changeIds: [] };
    const handle = await adapter.submit(world.request({ change: { release } }), world.patience());
    await world.follow(adapter, handle);
    const read = async (maxBytes: number): Promise<{ readonly text: string; readonly eof: boolean }> => {
      let text = '';
      let cursor: string | undefined;
      for (let pieces = 0; pieces < MAX_PIECES; pieces += 1) {
        const part = await adapter.logs(handle, { cursor, maxBytes }, world.patience());
        assert.ok(Buffer.byteLength(part.chunk) <= maxBytes, 'A chunk must not exceed the requested size');
        text += part.chunk;
        if (part.eof) return { text, eof: true };
        assert.notEqual(part.cursor, cursor, 'The cursor must move on');
        cursor = part.cursor;
      }
      return { text, eof: false };
    };
    const whole = await read(1_000_000);
    assert.ok(whole.eof, 'The log of a run that has ended must have an end');
    for (const size of PIECES_BYTES) {
      const { text, eof } = await read(size);
      assert.equal(text, eof ? whole.text : whole.text.slice(0, text.length), `In pieces of ${size} bytes`);
    }
  });
}

async function measured(world: World, task: HostTask['task'], variation: RunVariation) {
  const { config, ...rest } = variation;
  await world.tell(rest);
  const done = await world.elsewhere(task, world.request(rest), config).until('done');
  const grown = Math.round(done.grownBytes / 1024 / 1024);
  assert.ok(done.grownBytes < GROWTH_BYTES, `The memory of the process grew by ${grown} MiB`);
  return done;
}

function memoryCases({ add, fixtures, hosts, lacks, capabilities }: CaseList): void {
  const entry = 'the option `entry` of the kit';
  if (fixtures.manyReports === undefined || !hosts)
    lacks(`limits: ${MANY_REPORTS} reports in bounded memory`, hosts ? 'manyReports' : entry);
  else
    add(`limits: ${MANY_REPORTS} reports in bounded memory`, undefined, async (world) => {
      const { reports } = await measured(world, 'follow', world.fixtures.manyReports ?? {});
      assert.ok(reports >= MANY_REPORTS, `The fixtures promise ${MANY_REPORTS} reports, and there were ${reports}`);
    });
  if (capabilities.logs !== 'cursor') return;
  if (fixtures.longLog === undefined || !hosts)
    lacks('limits: a log of 10 MB in bounded memory', hosts ? 'longLog' : entry);
  else
    add('limits: a log of 10 MB in bounded memory', 'logs: cursor', async (world) => {
      const { bytes } = await measured(world, 'log', world.fixtures.longLog ?? {});
      assert.ok(bytes >= LONG_LOG_BYTES, `The fixtures promise a log of ${LONG_LOG_BYTES} bytes, and it has ${bytes}`);
    });
}

/** Cases about size. */
export function limitCases(list: CaseList): void {
  const { add, capabilities, fixtures } = list;
  const { maxTargets } = capabilities.limits;
  if (maxTargets !== undefined) {
    add(
      'limits: more targets than the limit are INVALID_ARGUMENT and start nothing',
      'limits.maxTargets',
      async (world) => {
        const binding = world.fixtures.targets[0]?.binding;
        const targets = Array.from({ length: maxTargets + 1 }, (_unused, index) => ({
          ciId: `ci-${index}`,
          name: `n${index}`,
          binding,
        }));
        await assertRefused(world, world.request({ targets }), 'INVALID_ARGUMENT', 'Too many targets');
      },
    );
  }
  if (!capabilities.observe.includes('poll')) return;
  const count = Math.min(MANY_TARGETS, maxTargets ?? MANY_TARGETS);
  if (fixtures.manyTargets === undefined) list.lacks(`limits: ${count} targets`, 'manyTargets');
  else
    add(`limits: ${count} targets`, undefined, async (world) => {
      const targets = Array.from({ length: count }, (_unused, index) => ({
        ciId: `ci-${index}`,
        name: `many-${index}`,
        binding: world.fill(fixtures.manyTargets, { n: String(index) }),
      }));
      const adapter = await world.hosted();
      const request = world.request({ targets });
      assertAllEnded(request, await world.follow(adapter, await adapter.submit(request, world.patience())));
    });
  logCases(list);
  memoryCases(list);
}
