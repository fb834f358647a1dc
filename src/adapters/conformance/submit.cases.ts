/** One key, one run; nothing starts that should not; nothing is executed that is only text. */
import assert from 'node:assert/strict';
import { access, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type AdapterErrorCode, type DistributionRequest, MAX_HANDLE_BYTES } from '../adapter.js';
import { RUN_HANDLE_SCHEMA } from '../contract-schemas.js';
import { compileSchema } from '../schema-compiler.js';
import type { CaseList } from './case-list.js';
import { refusal } from './assertions.js';
import type { World } from './world.js';

function without(request: DistributionRequest, name: keyof DistributionRequest): DistributionRequest {
  const { [name]: _left, ...rest } = request;
  return rest as DistributionRequest;
}

/** Submits a request that must be refused, and checks that it had no effect. */
export async function assertRefused(
  world: World,
  request: DistributionRequest,
  code: AdapterErrorCode,
  what: string,
): Promise<void> {
  const adapter = await world.hosted();
  const [runs, effects] = [await world.runCount(), await world.effects()];
  assert.equal(await refusal(adapter.submit(request, world.patience()), what), code, what);
  assert.equal(await world.runCount(), runs, `${what} must start nothing`);
  assert.equal(await world.effects(), effects, `${what} must change nothing`);
}

function refusalCases({ add, module, fixtures, capabilities }: CaseList): void {
  add('submit: an incomplete request is INVALID_ARGUMENT and starts nothing', undefined, async (world) => {
    const names = [
      'key',
      'fingerprint',
      'operation',
      'release',
      'package',
      'targets',
      'parameters',
      'deadline',
      'dryRun',
      'actor',
    ] as const;
    for (const name of names)
      await assertRefused(world, without(world.request(), name), 'INVALID_ARGUMENT', `A request without ${name}`);
  });

  add('submit: no target, or one named twice, is INVALID_ARGUMENT and starts nothing', undefined, async (world) => {
    const [first] = world.fixtures.targets;
    assert.ok(first, 'The fixtures must name targets');
    await assertRefused(world, world.request({ targets: [] }), 'INVALID_ARGUMENT', 'A request without targets');
    await assertRefused(
      world,
      world.request({ targets: [first, first] }),
      'INVALID_ARGUMENT',
      'A request with a target named twice',
    );
  });

  if (fixtures.badTargets !== undefined) {
    add(
      'submit: a target binding that does not fit is INVALID_ARGUMENT and starts nothing',
      undefined,
      async (world) => {
        for (const binding of world.fixtures.badTargets ?? []) {
          const targets = [...world.fixtures.targets, { ciId: 'ci-bad', name: 'bad', binding }];
          await assertRefused(
            world,
            world.request({ targets }),
            'INVALID_ARGUMENT',
            `The target binding ${JSON.stringify(binding)}`,
          );
        }
      },
    );
  }

  if (fixtures.badPackages !== undefined) {
    add(
      'submit: a package binding that does not fit is INVALID_ARGUMENT and starts nothing',
      undefined,
      async (world) => {
        for (const packageBinding of world.fixtures.badPackages ?? []) {
          await assertRefused(
            world,
            world.request({ packageBinding }),
            'INVALID_ARGUMENT',
            `The package binding ${JSON.stringify(packageBinding)}`,
          );
        }
      },
    );
  }

  if (module.parametersSchema !== undefined || fixtures.badParameters !== undefined) {
    add(
      'submit: parameters that the tool does not know are INVALID_ARGUMENT and start nothing',
      undefined,
      async (world) => {
        for (const parameters of world.fixtures.badParameters ?? [{ 'interlock-no-such-parameter': true }]) {
          await assertRefused(
            world,
            world.request({ parameters }),
            'INVALID_ARGUMENT',
            `The parameters ${JSON.stringify(parameters)}`,
          );
        }
      },
    );
  }

  const missing = (['install', 'remove', 'verify', 'undo', 'commit'] as const).find(
    (name) => !capabilities.operations.includes(name),
  );
  if (missing !== undefined) {
    add('submit: an operation that is not offered is UNIMPLEMENTED and starts nothing', 'operations', (world) =>
      assertRefused(world, world.request({ change: { operation: missing } }), 'UNIMPLEMENTED', missing),
    );
  }
}

function repetitionCases({ add, capabilities }: CaseList): void {
  if (capabilities.submit === 'idempotent') {
    add(
      'submit: the same request again, also from another instance, is the same run',
      'submit: idempotent',
      async (world) => {
        const request = world.request();
        const first = await (await world.raw()).submit(request, world.patience());
        for (const adapter of [await world.raw(), await world.hosted()]) {
          assert.deepEqual(await adapter.submit(request, world.patience()), first);
        }
        assert.ok([undefined, 1].includes(await world.runCount()), 'There must be one run');
      },
    );

    add('submit: ten at once, from two instances, are one run', 'submit: idempotent', async (world) => {
      const request = world.request();
      const instances = [await world.raw(), await world.raw()];
      const calls = Array.from({ length: 10 }, (_unused, index) =>
        instances[index % 2]?.submit(request, world.patience()),
      );
      const handles = await Promise.all(calls);
      for (const handle of handles) assert.deepEqual(handle, handles[0]);
      assert.ok([undefined, 1].includes(await world.runCount()), 'There must be one run');
    });
  }

  if (capabilities.submit !== 'at-most-once' && capabilities.observe.includes('poll')) {
    add('submit: another request under a key that is taken is ALREADY_EXISTS', 'submit', async (world) => {
      const adapter = await world.raw();
      const request = world.request();
      const handle = await adapter.submit(request, world.patience());
      const other = world.request({ key: request.key, change: { actor: 'somebody else' } });
      assert.equal(
        await refusal(adapter.submit(other, world.patience()), 'Another request under a taken key'),
        'ALREADY_EXISTS',
      );
      assert.deepEqual(await adapter.find(request.key, world.patience()), handle, 'The first run must stay');
    });
  }
}

const HOSTILE = [
  '; touch pwned; #',
  '$(touch pwned)',
  '`touch pwned`',
  '| touch pwned',
  '&& touch pwned',
  '"; touch pwned; "',
  "'; touch pwned; '",
  'two\nlines',
  'a,b=c',
  '<&>"\'',
  '-rf',
  '--help',
  '../../pwned',
  '%s%n',
  'żółć 漢字 🚀',
  '\u202etxt',
  '{{7*7}}',
  '${HOME}',
];

/** Cases about the beginning of a run. */
export function submitCases(list: CaseList): void {
  refusalCases(list);
  repetitionCases(list);
  const { add, capabilities } = list;

  add('submit: the handle belongs to this adapter, is small and well-formed', undefined, async (world) => {
    const request = world.request();
    const handle = await (await world.raw()).submit(request, world.patience());
    assert.deepEqual(compileSchema(RUN_HANDLE_SCHEMA, 'The handle')(handle), []);
    assert.deepEqual([handle.key, handle.adapterId], [request.key, world.module.id]);
    assert.ok(Buffer.byteLength(JSON.stringify(handle.native)) <= MAX_HANDLE_BYTES, 'The handle must be small');
    assert.deepEqual(JSON.parse(JSON.stringify(handle)), handle, 'The handle must survive being stored');
  });

  add('submit: a key of 128 characters', undefined, async (world) => {
    const key = `K${'._:-aZ9'.repeat(19)}`.slice(0, 128);
    assert.equal((await (await world.hosted()).submit(world.request({ key }), world.patience())).key, key);
  });

  if (capabilities.observe.includes('poll')) {
    add('submit: hostile texts are data or are refused, and are never executed', undefined, async (world) => {
      const adapter = await world.hosted();
      for (const text of HOSTILE) {
        const release = { id: 'rel-hostile', name: text, version: text, changeIds: [text] };
        // A tool that lists its parameters takes no others; the text is in the release all the same.
        const noted = { ...world.fixtures.parameters, note: text };
        const parameters = adapter.parametersProblems(noted).length === 0 ? noted : (world.fixtures.parameters ?? {});
        const request = world.request({ change: { release, actor: text, parameters } });
        const outcome = await adapter.submit(request, world.patience()).then(
          (handle) => world.follow(adapter, handle),
          async (error: unknown) => assert.equal(await refusal(Promise.reject(error), text), 'INVALID_ARGUMENT'),
        );
        for (const place of [world.directory, world.workDir, process.cwd()]) {
          await assert.rejects(access(join(place, 'pwned')), `${JSON.stringify(text)} was executed`);
        }
        for (const report of outcome?.reports ?? [])
          assert.ok(request.targets.some((target) => target.ciId === report.ciId));
      }
    });

    add(
      'submit: hostile names of targets and media are data or are refused, and lead nowhere',
      undefined,
      async (world) => {
        const adapter = await world.hosted();
        const escaped = join(world.directory, '..', `pwned-${basename(world.directory)}`);
        for (const text of [...HOSTILE, `../../../${basename(escaped)}`, escaped]) {
          const usual = world.request();
          const targets = usual.targets.map((target, index) => (index === 0 ? { ...target, name: text } : target));
          const artifacts = usual.package.artifacts.map((artifact, index) =>
            index === 0 ? { ...artifact, name: text } : artifact,
          );
          const request = world.request({ targets, change: { package: { ...usual.package, artifacts } } });
          await adapter.submit(request, world.patience()).then(
            (handle) => world.follow(adapter, handle),
            async (error: unknown) => {
              const code = await refusal(Promise.reject(error), text);
              assert.ok(['INVALID_ARGUMENT', 'FAILED_PRECONDITION'].includes(code), `${JSON.stringify(text)}: ${code}`);
            },
          );
          const places = [world.directory, world.workDir, process.cwd()].map((place) => join(place, 'pwned'));
          for (const place of [...places, escaped]) {
            const left = await access(place).then(
              () => true,
              () => false,
            );
            await rm(place, { recursive: true, force: true });
            assert.ok(!left, `${JSON.stringify(text)} was executed, or led to ${place}`);
          }
        }
      },
    );

    add('submit: a rehearsal changes nothing', undefined, async (world) => {
      const adapter = await world.hosted();
      const before = await world.effects();
      const request = world.request({ change: { dryRun: true } });
      try {
        await world.follow(adapter, await adapter.submit(request, world.patience()));
      } catch (error) {
        assert.equal(await refusal(Promise.reject(error), 'A rehearsal'), 'UNIMPLEMENTED');
      }
      assert.equal(await world.effects(), before);
    });
  }

  if (capabilities.preflight !== 'none') {
    add('preflight: reports only the requested targets, and changes nothing', 'preflight', async (world) => {
      const adapter = await world.hosted();
      const request = world.request();
      const [runs, effects] = [await world.runCount(), await world.effects()];
      const report = await adapter.preflight(request, world.patience());
      assert.notEqual(report.verdict, 'block');
      for (const { ciId } of report.targets)
        assert.ok(
          request.targets.some((target) => target.ciId === ciId),
          `${ciId} was not requested`,
        );
      assert.deepEqual([await world.runCount(), await world.effects()], [runs, effects]);
      assert.equal(await adapter.find(request.key, world.patience()), null);
    });
  }
}
