import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chmodSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { openMedia } from '../../../src/services/library/media.service.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { castOf } from '../../support/cast.js';
import type { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import {
  authorisedVersion,
  download,
  makeItem,
  registerVersion,
  sha256,
  storeFiles,
  upload,
} from '../../support/media.js';
import { refusalCodes } from '../../support/refusals.js';

const HOUR = 3_600_000;

let app: TestApp;
let lara: TestClient;
let liam: TestClient;
let reader: TestClient;
let item: string;
const clock = new TestClock();

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  ({
    librarian: lara,
    secondLibrarian: liam,
    auditor: reader,
  } = await castOf(app, 'librarian', 'secondLibrarian', 'auditor'));
  item = await makeItem(lara, 'portal');
});
afterAll(async () => await app.end());

const path = (bytes: string) => app.services.media.path(sha256(bytes));

/** Changes stored bytes behind the server's back. */
function tamper(original: string, altered: string): void {
  chmodSync(path(original), 0o640);
  writeFileSync(path(original), altered);
}

const show = async (id: string) =>
  (
    await reader.ok(
      'query($id: ID!) { node(id: $id) { ... on DmlItemVersion { state stateReason verifiedAt authorisedAt ' +
        'version media { problem checkedAt verifiedAt } } } }',
      { id },
    )
  ).node;
const eventTypes = async (id: string, first = 3) => {
  await app.relay();
  return (
    await reader.ok(
      'query($id: ID!, $first: Int) { node(id: $id) { ... on DmlItemVersion { events(first: $first) { nodes { ' +
        'type } } } } }',
      { id, first },
    )
  ).node.events.nodes.map(({ type }: any) => type);
};

describe('downloads', () => {
  const BYTES = '0123456789';
  const digest = sha256(BYTES);
  beforeAll(async () => {
    await upload(lara, await registerVersion(lara, item, 'digits'), BYTES, {
      'x-file-name': 'di"gits é.txt',
      'content-type': 'text/html',
    });
    await app.jobs.runOnce();
  });

  test('answer the bytes with what a cache needs, and nothing a browser would run', async () => {
    const response = await download(reader, digest);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      etag: `"${digest}"`,
      'content-length': '10',
      'content-type': 'application/octet-stream',
      'accept-ranges': 'bytes',
      'cache-control': 'private, max-age=31536000, immutable',
      'content-disposition': `attachment; filename="di_gits _.txt"; filename*=UTF-8''di%22gits%20%C3%A9.txt`,
      'repr-digest': `sha-256=:${Buffer.from(digest, 'hex').toString('base64')}:`,
      'x-content-type-options': 'nosniff',
    });
    expect(await response.text()).toBe(BYTES);
    const head = await download(reader, digest, {}, 'HEAD');
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', '']);
    const cached = await download(reader, digest, { 'if-none-match': `"x", "${digest}"` });
    expect([cached.status, await cached.text()]).toEqual([304, '']);
  });

  test.each([
    ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=-2', 206, '89', 'bytes 8-9/10'],
    ['bytes=-50', 206, BYTES, 'bytes 0-9/10'],
    ['bytes=8-500', 206, '89', 'bytes 8-9/10'],
    ['bytes=0-1,4-5', 200, BYTES, null],
    ['bytes=5-2', 200, BYTES, null],
    ['lines=0-1', 200, BYTES, null],
  ])('answer the range %s with %i', async (range, status, body, contentRange) => {
    const response = await download(reader, digest, { range });
    expect([response.status, await response.text(), response.headers.get('content-range')]).toEqual([
      status,
      body,
      contentRange,
    ]);
  });

  test.each(['bytes=10-', 'bytes=10-12', 'bytes=-0'])(
    'answer 416 to the range %s, of which there is no byte',
    async (range) => {
      const response = await download(reader, digest, { range });
      expect([response.status, response.headers.get('content-range')]).toEqual([416, 'bytes */10']);
    },
  );

  test('continue only what has not changed', async () => {
    expect((await download(reader, digest, { range: 'bytes=1-2', 'if-range': `"${digest}"` })).status).toBe(206);
    expect((await download(reader, digest, { range: 'bytes=1-2', 'if-range': '"other"' })).status).toBe(200);
  });

  test('are for readers, and of recorded media only', async () => {
    expect((await download(app.anonymous(), digest)).status).toBe(401);
    for (const unknown of [sha256('nobody has this'), 'x', '..%2f..%2fetc%2fpasswd', digest.toUpperCase()])
      expect((await download(reader, unknown)).status).toBe(404);
    const { digest: unrecorded } = await app.services.media.put(Readable.from([Buffer.from('unrecorded')]), {
      maxBytes: 100,
    });
    expect((await download(reader, unrecorded)).status).toBe(404);
    expect(await openMedia(app.services, unrecorded)).toBeNull();
  });

  test('give tools what may be installed and nothing else', async () => {
    const { adapter: tool } = await castOf(app, 'adapter');
    const refused = await download(tool, digest);
    expect([refused.status, ((await refused.json()) as any).errors[0].extensions.code]).toEqual([403, 'FORBIDDEN']);
    const id = await authorisedVersion(app, lara, liam, item, 'for tools', 'tool bytes');
    expect(await (await download(tool, sha256('tool bytes'))).text()).toBe('tool bytes');
    await liam.run('dmlItemVersionRecall', { id }, 'dmlItemVersion');
    expect((await download(tool, sha256('tool bytes'))).status).toBe(403);
  });
});

describe('stored bytes', () => {
  test('that were altered are refused, reported, quarantined, and come back only through a second person', async () => {
    const id = await authorisedVersion(app, lara, liam, item, 'altered', 'genuine bytes');
    tamper('genuine bytes', 'trojan bytes!');
    for (const headers of [{}, { range: 'bytes=0-3' }]) {
      const response = await download(reader, sha256('genuine bytes'), headers as Record<string, string>);
      expect([
        response.status,
        ((await response.json()) as any).errors[0].extensions,
        response.headers.get('etag'),
      ]).toEqual([500, { code: 'MEDIA_DIGEST_MISMATCH', problem: 'ALTERED' }, null]);
    }
    await expect(openMedia(app.services, sha256('genuine bytes'))).rejects.toMatchObject({ name: 'MediaDamage' });
    await app.jobs.runOnce();
    expect(await show(id)).toMatchObject({
      state: 'QUARANTINED',
      stateReason: expect.stringContaining('altered'),
      verifiedAt: null,
      authorisedAt: null,
      media: { problem: 'ALTERED' },
    });
    expect(await eventTypes(id, 2)).toEqual(['dml-item-version.quarantined', 'media-blob.altered']);
    const { mediaBlobs } = await reader.ok(
      `{ mediaBlobs(filter: { damaged: true }) { nodes { digest problem versions { nodes { label } } } } }`,
    );
    expect(mediaBlobs.nodes).toEqual([
      { digest: sha256('genuine bytes'), problem: 'ALTERED', versions: { nodes: [{ label: 'altered' }] } },
    ]);

    expect(await upload(lara, id, 'genuine bytes')).toMatchObject({ status: 200, body: { replayed: true } });
    await app.jobs.runOnce();
    expect(await show(id)).toMatchObject({ state: 'QUARANTINED', media: { problem: null } });
    await liam.run('dmlItemVersionVerify', { id }, 'dmlItemVersion');
    await app.jobs.runOnce();
    await liam.run('dmlItemVersionAuthorise', { id }, 'dmlItemVersion');
    expect(await text((await openMedia(app.services, sha256('genuine bytes'))) as Readable)).toBe('genuine bytes');
  });

  test('that were altered before the first check never get to be verified', async () => {
    const id = await registerVersion(lara, item, 'early');
    await upload(lara, id, 'early bytes');
    tamper('early bytes', 'other bytes');
    await app.jobs.runOnce();
    expect(await show(id)).toMatchObject({
      state: 'QUARANTINED',
      verifiedAt: null,
      media: { problem: 'ALTERED', verifiedAt: null },
    });
  });

  test('that are altered after the check are not authorised', async () => {
    const id = await registerVersion(lara, item, 'late');
    await upload(lara, id, 'late bytes');
    await app.jobs.runOnce();
    tamper('late bytes', 'evil bytes');
    expect(await refusalCodes(liam, 'dmlItemVersionAuthorise', { id })).toEqual(['MEDIA_NOT_VERIFIED']);
    expect(await show(id)).toMatchObject({ state: 'VERIFYING', authorisedAt: null });
  });

  test('are looked at once a day, and those that are missing are found', async () => {
    const [gone, there] = [
      await authorisedVersion(app, lara, liam, item, 'gone', 'gone bytes'),
      await authorisedVersion(app, lara, liam, item, 'there', 'there bytes'),
    ];
    rmSync(path('gone bytes'));
    const before = await show(there);
    clock.advance(23 * HOUR);
    await app.jobs.runOnce({ housekeeping: true });
    expect(await show(gone)).toMatchObject({ state: 'AUTHORISED', media: { problem: null } });
    clock.advance(2 * HOUR);
    await app.jobs.runOnce({ housekeeping: true });
    expect(await show(gone)).toMatchObject({ state: 'QUARANTINED', media: { problem: 'MISSING' } });
    // What is in order is looked at without a trace in its version, so that nobody's expectedVersion goes stale.
    expect(await show(there)).toEqual({
      ...before,
      media: { problem: null, checkedAt: clock.now().toISOString(), verifiedAt: clock.now().toISOString() },
    });
    expect((await download(reader, sha256('gone bytes'))).status).toBe(500);
  });

  test('that no record knows are cleared away after a day', async () => {
    await authorisedVersion(app, lara, liam, item, 'known', 'known bytes');
    for (const bytes of ['old stray', 'young stray'])
      await app.services.media.put(Readable.from([Buffer.from(bytes)]), { maxBytes: 100 });
    const longAgo = new Date(Date.now() - 25 * HOUR);
    for (const bytes of ['known bytes', 'old stray']) utimesSync(path(bytes), longAgo, longAgo);
    await app.jobs.runOnce({ housekeeping: true });
    const names = (await storeFiles(app)).map((file) => file.slice(-64));
    expect(['known bytes', 'old stray', 'young stray'].map((bytes) => names.includes(sha256(bytes)))).toEqual([
      true,
      false,
      true,
    ]);
  });
});
