/** Does the module describe itself correctly and without side effects? */
import assert from 'node:assert/strict';
import { CAPABILITIES_SCHEMA } from '../contract-schemas.js';
import { moduleProblems } from '../module-loader.js';
import { compileSchema } from '../schema-compiler.js';
import type { CaseList } from './case-list.js';
import { refusal } from './assertions.js';

const SECRET_NAME = /passw|secret|token|credential|api-?_?key|private-?_?key/i;

/** The places in a settings schema whose name suggests a secret and that are not marked as one. */
function unmarkedSecrets(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {}, ...others } = schema as { properties?: Record<string, unknown> };
  const own = Object.entries(properties).flatMap(([name, part]) => {
    const marked = JSON.stringify(part).includes('"x-secret":true');
    const plainText = !marked && (part as { type?: unknown }).type === 'string';
    return [
      ...(SECRET_NAME.test(name) && plainText ? [`${path}/${name}`] : []),
      ...unmarkedSecrets(part, `${path}/${name}`),
    ];
  });
  return [...own, ...Object.values(others).flatMap((part) => unmarkedSecrets(part, path))];
}

/** Cases about the module itself and its readiness. */
export function identityCases({ add, module, fixtures }: CaseList): void {
  add('identity: the module says what it is', undefined, async () => assert.deepEqual(moduleProblems(module), []));

  add('identity: the schemas compile and the settings fit', undefined, async (world) => {
    compileSchema(module.targetSchema, 'target');
    compileSchema(module.packageSchema, 'package');
    if (module.parametersSchema !== undefined) compileSchema(module.parametersSchema, 'parameters');
    assert.deepEqual(compileSchema(module.configSchema, 'The settings')(world.fixtures.config), []);
  });

  add('identity: capabilities are pure and within the contract', undefined, async (world) => {
    const before = JSON.stringify(world.fixtures.config);
    const first = module.capabilities(world.fixtures.config);
    assert.deepEqual(compileSchema(CAPABILITIES_SCHEMA, 'The capabilities')(first), []);
    for (let times = 0; times < 3; times += 1) assert.deepEqual(module.capabilities(world.fixtures.config), first);
    assert.equal(JSON.stringify(world.fixtures.config), before, 'capabilities() must not change the settings');
  });

  add('identity: two instances report the same capabilities', undefined, async (world) => {
    assert.deepEqual((await world.hosted()).capabilities, (await world.hosted()).capabilities);
  });

  if (fixtures.badConfigs !== undefined) {
    add('identity: bad settings are refused by the schema', undefined, async (world) => {
      const check = compileSchema(module.configSchema, 'The settings');
      for (const config of world.fixtures.badConfigs ?? []) {
        assert.notDeepEqual(check(config), [], `The settings ${JSON.stringify(config)} must not fit`);
      }
    });
  }

  add('identity: settings named like secrets take only references', undefined, async () =>
    assert.deepEqual(unmarkedSecrets(module.configSchema), []),
  );

  add('identity: the methods that the capabilities promise are there', undefined, async (world) => {
    const { capabilities } = await world.hosted();
    const adapter = await world.raw();
    const promised = {
      pause: capabilities.pause,
      resume: capabilities.pause,
      logs: capabilities.logs === 'cursor',
      receive: capabilities.observe.includes('callback'),
    };
    for (const [name, isPromised] of Object.entries(promised)) {
      const method = adapter[name as keyof typeof promised];
      if (isPromised) assert.equal(typeof method, 'function', `The capabilities promise ${name}, and it is not there`);
    }
  });

  add('probe: is ready', undefined, async (world) => {
    assert.equal((await (await world.hosted()).probe(world.patience())).status, 'ready');
  });

  add('close: may be called twice', undefined, async (world) => {
    const adapter = await world.raw();
    await adapter.close();
    await adapter.close();
  });

  add('close: a closed instance refuses work', undefined, async (world) => {
    const adapter = await world.hosted();
    await adapter.close();
    assert.equal(await refusal(adapter.submit(world.request(), world.patience()), 'A call after close'), 'UNAVAILABLE');
  });
}
