import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  AdapterError,
  ADAPTER_ERRORS,
  isAdapterError,
  isSecretRef,
  packageDigest,
  RUN_KEY_PATTERN,
} from '../../src/adapters/adapter.js';
import { canonicalJson, fingerprintOf } from '../../src/adapters/fingerprint.js';
import { Redactor, SecretResolver } from '../../src/adapters/secrets.js';
import { artifactOf, codeOf, requestOf, sha256, temporaryDirectory } from './support/harness.js';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

describe('run keys', () => {
  test('are never a path, an option or hidden', () => {
    for (const key of ['.', '..', '-rf', '.hidden', '', 'a/b', 'a b', 'ä', 'x'.repeat(129), 'a\n'])
      expect(RUN_KEY_PATTERN.test(key)).toBe(false);
    for (const key of ['a', 'dist_01h455vb4pex5vsknk084sn02q.2', 'A:b-c.d_e', 'x'.repeat(128)])
      expect(RUN_KEY_PATTERN.test(key)).toBe(true);
  });
});

describe('errors', () => {
  test('are recognised across copies of the package, and nothing else is', () => {
    const foreign = Object.assign(new Error('x'), { name: 'AdapterError', code: 'NOT_FOUND' });
    expect([new AdapterError('ABORTED', 'x'), foreign].map(isAdapterError)).toEqual([true, true]);
    const others = [
      new Error('x'),
      Object.assign(new Error('x'), { code: 'NOT_FOUND' }),
      { name: 'AdapterError', code: 'NOT_FOUND' },
      null,
    ];
    expect(others.map(isAdapterError)).toEqual([false, false, false, false]);
    expect(isAdapterError(Object.assign(new Error('x'), { name: 'AdapterError', code: 'toString' }))).toBe(false);
  });

  test('that leave open whether a run exists are never retried blindly', () => {
    for (const { retry, mayHaveStarted } of Object.values(ADAPTER_ERRORS))
      expect(retry === 'reconcile').toBe(mayHaveStarted);
  });
});

describe('fingerprints', () => {
  test('depend on everything but the order of properties, the place of media and the callback', () => {
    const request = requestOf({ package: { binding: { a: 1, b: 2 }, artifacts: [artifactOf('x', 'file:///x')] } });
    const same = [
      Object.fromEntries(Object.entries(request).reverse()),
      { ...request, package: { binding: { b: 2, a: 1 }, artifacts: [artifactOf('x', 'https://example.org/x')] } },
      { ...request, callback: { url: 'https://example.org', token: { $secret: 'env:T' as const } } },
      { ...request, fingerprint: 'another' },
      { ...request, notBefore: undefined },
    ];
    for (const one of same) expect(fingerprintOf(one as typeof request)).toBe(request.fingerprint);
    const others = [
      { ...request, actor: 'x' },
      { ...request, dryRun: true },
      { ...request, targets: request.targets.slice(1) },
      { ...request, targets: [...request.targets].reverse() },
      { ...request, package: { ...request.package, artifacts: [artifactOf('y', 'file:///x')] } },
    ];
    expect(new Set(others.map(fingerprintOf)).size).toBe(others.length);
    for (const one of others) expect(fingerprintOf(one)).not.toBe(request.fingerprint);
  });

  test('survive being stored as JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => canonicalJson(JSON.parse(JSON.stringify(value))) === canonicalJson(value)),
    );
  });

  test('refuse what JSON cannot hold', () => {
    const loop: unknown[] = [];
    loop.push(loop);
    for (const value of [Number.NaN, Infinity, 1n, () => 1, loop])
      expect(() => canonicalJson(value)).toThrow(TypeError);
  });
});

test('the digest of a package is that of its only artifact, or one over all in any order', () => {
  const [a, b] = [{ sha256: sha256('a') }, { sha256: sha256('b') }];
  expect([packageDigest([]), packageDigest([a])]).toEqual([undefined, a.sha256]);
  expect(packageDigest([a, b])).toBe(packageDigest([b, a]));
  expect(packageDigest([a, b])).toBe(
    sha256(
      [a.sha256, b.sha256]
        .sort()
        .map((digest) => `${digest}\n`)
        .join(''),
    ),
  );
});

describe('secrets', () => {
  test('references are recognised strictly', () => {
    const good = [{ $secret: 'env:A_1' }, { $secret: 'file:/run/secrets/x' }];
    const bad = [
      { $secret: 'plain' },
      { $secret: 'env:' },
      { $secret: 'env:A-B' },
      { $secret: 'file:relative' },
      { $secret: 'env:A', more: 1 },
      'env:A',
      null,
      [],
    ];
    expect([good.map(isSecretRef), bad.map(isSecretRef)]).toEqual([good.map(() => true), bad.map(() => false)]);
  });

  test(
    'are read anew each time, from the environment or a file, and a missing or empty one is refused without a ' +
      'word of it',
    async () => {
      const directory = await temporaryDirectory();
      const file = join(directory.path, 'token');
      const env: Record<string, string> = { A: 'first', EMPTY: '', SHORT: 'abc' };
      const secrets = new SecretResolver(env, new Redactor());
      await writeFile(file, 'from-file\n');
      expect(await secrets.get({ $secret: `file:${file}` as 'file:/x' })).toBe('from-file');
      expect(await secrets.get({ $secret: 'env:A' })).toBe('first');
      env['A'] = 'second';
      expect(await secrets.get({ $secret: 'env:A' })).toBe('second');
      for (const ref of ['env:NONE', 'env:EMPTY', 'env:SHORT', 'file:/nonexistent', `file:${directory.path}`]) {
        expect(await codeOf(secrets.get({ $secret: ref as 'env:X' }))).toBe('FAILED_PRECONDITION');
      }
      expect(await codeOf(secrets.get('env:A' as never))).toBe('INVALID_ARGUMENT');
      await directory.remove();
    },
  );

  test('are blotted out in every form and place, whatever they look like', () => {
    const awkward = [
      's3cr3t',
      'a"b\\c',
      'p@ss w/örd?&',
      '$&$1',
      '-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\n-----END KEY-----',
    ];
    const redactor = new Redactor();
    for (const secret of awkward) redactor.add(secret);
    const error = new Error(`cannot use ${awkward[0]}`, { cause: new Error(awkward[1]) });
    const place = {
      text: awkward.map((secret) => `x${secret}y`),
      url: awkward.map(encodeURIComponent),
      basic: Buffer.from(awkward[0] ?? '').toString('base64'),
      nested: [{ deep: { error, map: { [awkward[0] ?? '']: 1 } } }],
      json: JSON.stringify(awkward),
      line: 'log: MIIEvQIBADANBgkqhkiG9w0',
    };
    const clean = JSON.stringify(redactor.value(place));
    for (const secret of awkward) {
      for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
        expect(clean).not.toContain(form);
    }
    expect(clean).not.toContain('MIIEvQIBADANBgkqhkiG9w0');
    expect(clean).not.toContain(place.basic);
  });

  test('one inside another leaves no remainder', () => {
    const redactor = new Redactor();
    redactor.add('abc');
    redactor.add('abcdef');
    expect(redactor.text('<abcdef> <abc>')).toBe('<[redacted]> <[redacted]>');
  });
});
