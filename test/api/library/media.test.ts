import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { statSync } from 'node:fs';
import { request as httpRequest, type ClientRequest } from 'node:http';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startTestApp, type TestApp } from '../../support/app.js';
import { castOf } from '../../support/cast.js';
import type { TestClient } from '../../support/client.js';
import { makeItem, registerVersion, sha256, storeFiles, upload } from '../../support/media.js';
import { databaseContent } from '../../support/refusals.js';
import { until } from '../../support/until.js';

const MIB = 1_048_576;
const MAX_BYTES = 24 * MIB;

let app: TestApp;
let lara: TestClient;
let item: string;

beforeAll(async () => {
  app = await startTestApp({ env: { INTERLOCK_MAX_MEDIA_BYTES: String(MAX_BYTES) } });
  ({ librarian: lara } = await castOf(app, 'librarian'));
  item = await makeItem(lara, 'portal');
});
afterAll(async () => await app.end());

let versions = 0;
const newVersion = async (more: Record<string, unknown> = {}) =>
  await registerVersion(lara, item, `v${++versions}`, more);
const show = async (id: string) =>
  (
    await lara.ok(
      'query($id: ID!) { node(id: $id) { ... on DmlItemVersion { state version fileName mediaType uploadedBy { ' +
        'name } media { digest size } } } }',
      { id },
    )
  ).node;
/** Everything that an upload could change. */
const everything = async () => ({
  files: await storeFiles(app),
  database: await databaseContent(app.readDatabase.pool),
});

/** An upload that is written to by hand. */
function openUpload(client: TestClient, id: string, headers: Record<string, string> = {}): ClientRequest {
  const request = httpRequest(`${client.url}/media/versions/${id}`, {
    method: 'PUT',
    headers: { ...client.headers, ...headers },
  });
  request.on('error', () => {});
  return request;
}

const uploading = async (): Promise<string | undefined> =>
  (await storeFiles(app)).find((file) => file.startsWith('incoming'));

describe('uploads', () => {
  test('give a version its bytes, its digest and its name', async () => {
    const id = await newVersion();
    const answer = await upload(lara, id, 'the bytes', {
      'content-type': 'application/gzip; v=1',
      'x-file-name': 'C:\\build\\p%C3%B6rtal.tar.gz',
    });
    expect(answer).toMatchObject({
      status: 201,
      body: { version: { id }, digest: sha256('the bytes'), size: 9, replayed: false },
    });
    expect(await show(id)).toEqual({
      state: 'UPLOADED',
      version: 2,
      fileName: 'pörtal.tar.gz',
      mediaType: 'application/gzip',
      uploadedBy: { name: 'lara' },
      media: { digest: sha256('the bytes'), size: 9 },
    });
    await app.jobs.runOnce();
    expect(await show(id)).toMatchObject({ state: 'VERIFYING' });
  });

  test('go to disk as they come, whatever their size', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const id = await newVersion();
    const chunk = Buffer.alloc(65_536, 'x');
    const total = 20 * MIB;
    collectGarbage();
    const before = process.memoryUsage().arrayBuffers;
    let sent = 0;
    let held = 0;
    let written = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        if (sent === total) return controller.close();
        controller.enqueue(chunk);
        sent += chunk.length;
        if (sent % (4 * MIB) !== 0) return;
        // What was sent so far has to arrive on disk before any more is sent.
        const wanted = sent - MIB;
        await until(async () => {
          const file = await uploading();
          written = file === undefined ? 0 : statSync(join(app.config.mediaDir, file)).size;
          return written >= wanted;
        }, `${wanted} bytes on disk`);
        await nextTurn(); // what is garbage is only known once the turn that used it is over
        collectGarbage();
        collectGarbage(); // the second pass waits for the sweeper of the first
        held = Math.max(held, process.memoryUsage().arrayBuffers - before);
      },
    });
    const { status, body: answer } = await upload(lara, id, body);
    expect([status, answer.size, answer.digest]).toEqual([201, total, sha256(Buffer.alloc(total, 'x'))]);
    expect(written).toBeGreaterThan(total - 2 * MIB);
    expect(held).toBeLessThan(4 * MIB);
  });

  test('leave the limit of GraphQL bodies as it is', async () => {
    const { status, errors } = await lara.send('{ __typename }', { padding: 'x'.repeat(300_000) });
    expect([status, errors?.[0]?.extensions.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    const raw = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { ...lara.headers, 'content-type': 'application/octet-stream' },
      body: 'x',
    });
    expect(raw.status).toBeGreaterThanOrEqual(400);
  });

  test.each([
    ['in hexadecimal', { 'x-content-sha256': sha256('other') }],
    ['in base 64', { 'repr-digest': `sha-256=:${Buffer.from(sha256('other'), 'hex').toString('base64')}:` }],
    ['in the old way', { digest: `sha-256=${Buffer.from(sha256('other'), 'hex').toString('base64')}` }],
    ['at registration', undefined],
  ])('with another digest than claimed %s change nothing', async (_how, headers) => {
    const id = await newVersion(headers ? {} : { claimedDigest: sha256('other') });
    const before = await everything();
    const answer = await upload(lara, id, 'these', headers);
    expect(answer).toMatchObject({
      status: 422,
      code: 'MEDIA_DIGEST_MISMATCH',
      body: {
        errors: [
          { message: expect.stringContaining(sha256('these')), extensions: { resolvableBy: ['DML_LIBRARIAN'] } },
        ],
      },
    });
    expect(await everything()).toEqual(before);
    expect(await show(id)).toMatchObject({ state: 'REGISTERED', media: null });
    expect((await upload(lara, id, 'other', headers)).status).toBe(201);
  });

  test('of the same bytes again are a replay, of others a conflict', async () => {
    const id = await newVersion();
    await upload(lara, id, 'first');
    const before = await everything();
    expect(await upload(lara, id, 'first')).toMatchObject({
      status: 200,
      body: { digest: sha256('first'), replayed: true },
    });
    expect(await upload(lara, id, 'second')).toMatchObject({
      status: 409,
      code: 'CONFLICT',
      body: { errors: [{ extensions: { stored: sha256('first'), uploaded: sha256('second') } }] },
    });
    expect(await everything()).toEqual(before);
  });

  test('with an idempotency key take effect once', async () => {
    const [one, two] = [await newVersion(), await newVersion()];
    const key = { 'idempotency-key': 'upload-1' };
    expect((await upload(lara, one, 'keyed', key)).status).toBe(201);
    expect((await upload(lara, one, 'keyed', key)).status).toBe(200);
    expect(await upload(lara, two, 'keyed', key)).toMatchObject({ status: 409, code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await show(two)).toMatchObject({ state: 'REGISTERED', media: null });
  });

  test('of the same bytes to two versions at a time make one blob', async () => {
    const ids = await Promise.all(Array.from({ length: 4 }, async () => await newVersion()));
    const answers = await Promise.all(ids.map(async (id) => await upload(lara, id, 'shared bytes')));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(await app.count(`media_blob where digest = '${sha256('shared bytes')}'`)).toBe(1);
    expect((await storeFiles(app)).filter((file) => file.endsWith(sha256('shared bytes')))).toHaveLength(1);
    await app.jobs.runOnce();
    for (const id of ids)
      expect(await show(id)).toMatchObject({ state: 'VERIFYING', media: { digest: sha256('shared bytes') } });
  });

  test('of different bytes to one version at a time: one is taken', async () => {
    const id = await newVersion();
    const answers = await Promise.all(
      ['left', 'right'].map(async (bytes) => ({ bytes, ...(await upload(lara, id, bytes)) })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    const taken = answers.find(({ status }) => status === 201);
    expect(await show(id)).toMatchObject({ state: 'UPLOADED', media: { digest: sha256(taken?.bytes as string) } });
    const lost = sha256(taken?.bytes === 'left' ? 'right' : 'left');
    expect(await app.count(`media_blob where digest = '${lost}'`)).toBe(0);
    expect((await storeFiles(app)).filter((file) => file.startsWith('incoming') || file.endsWith(lost))).toEqual([]);
  });

  test('whose sender goes away leave nothing', async () => {
    const id = await newVersion();
    const before = await everything();
    const request = openUpload(lara, id, { 'content-length': '1000000' });
    request.write(Buffer.alloc(100_000));
    await until(async () => {
      const file = await uploading();
      return file !== undefined && statSync(join(app.config.mediaDir, file)).size === 100_000;
    }, 'the first bytes on disk');
    request.destroy();
    await until(async () => (await uploading()) === undefined, 'the half upload to be gone');
    expect(await everything()).toEqual(before);
    expect(await show(id)).toMatchObject({ state: 'REGISTERED', media: null });
    expect((await upload(lara, id, 'whole')).status).toBe(201);
  });

  test('that are too large are refused, announced or not', async () => {
    const id = await newVersion();
    const before = await everything();
    const chunk = Buffer.alloc(MIB);
    let left = MAX_BYTES / MIB + 1;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => void (left-- > 0 ? controller.enqueue(chunk) : controller.close()),
    });
    expect(await upload(lara, id, endless)).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
    const announced = openUpload(lara, id, { 'content-length': String(MAX_BYTES + 1) });
    announced.flushHeaders();
    const status = await new Promise((done) => announced.once('response', ({ statusCode }) => done(statusCode)));
    announced.destroy();
    expect(status).toBe(413);
    expect(await everything()).toEqual(before);
  });

  test('are refused to strangers, with nothing taken', async () => {
    const id = await newVersion();
    const strangers = Object.values(await castOf(app, 'auditor', 'adapter', 'manager'));
    const before = await everything();
    expect(await upload(app.anonymous(), id, 'x')).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    for (const client of strangers)
      expect(await upload(client, id, 'x')).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    for (const nobody of ['dmv_00000000000000000000000000', item, 'x'])
      expect(await upload(lara, nobody, 'x')).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect(await upload(lara, id, '')).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    expect(await upload(lara, id, 'x', { 'content-type': 'multipart/form-data; boundary=x' })).toMatchObject({
      status: 400,
      code: 'BAD_REQUEST',
    });
    expect(await upload(lara, id, 'x', { 'x-content-sha256': 'nonsense' })).toMatchObject({
      status: 400,
      code: 'BAD_USER_INPUT',
    });
    expect(await everything()).toEqual(before);
  });

  test('by the author need no librarian, but a token that may write', async () => {
    const id = await newVersion();
    const [writer, watcher] = [await app.as('lara', 'RELEASE_MANAGER'), await app.as('lara', 'AUDITOR')];
    expect((await upload(watcher, id, 'mine')).status).toBe(403);
    expect((await upload(writer, id, 'mine')).status).toBe(201);
  });

  test('that ask first are told to go on only when they are welcome', async () => {
    const id = await newVersion();
    const ask = async (client: TestClient) => {
      const request = openUpload(client, id, { expect: '100-continue', 'content-length': '5' });
      let told = false;
      request.once('continue', () => {
        told = true;
        request.end('asked');
      });
      request.flushHeaders();
      const status = await new Promise((done) =>
        request.once('response', (response) => (response.resume(), done(response.statusCode))),
      );
      request.destroy();
      return { told, status };
    };
    expect(await ask(app.anonymous())).toEqual({ told: false, status: 401 });
    expect(await ask(lara)).toEqual({ told: true, status: 201 });
  });

  test('under way do not hold up a stop, and are gone afterwards', async () => {
    const other = await startTestApp({ beside: app, env: { INTERLOCK_DRAIN_TIMEOUT_MS: '100' } });
    const { librarian: there } = await castOf(other, 'librarian');
    const id = await newVersion();
    const before = await everything();
    const request = openUpload(there, id);
    const closed = new Promise((done) => request.once('close', done));
    request.write('half');
    await until(uploading, 'the upload to begin');
    await Promise.all([other.stop(), closed]);
    await until(async () => (await uploading()) === undefined, 'the half upload to be gone');
    expect(await everything()).toEqual(before);
  });
});
