import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { RequestError } from '../../domain/errors.js';

/** A file that was received as a whole. It has no name: it is gone when it is closed, or its process ends. */
export interface Spool {
  /** SHA-256 in lower-case hexadecimal. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  /** Its bytes from the beginning, as often as they are asked for. */
  bytes(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

const READ_BYTES = 65_536;

async function* read(handle: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/**
 * Receives a stream into a file. Its length does not matter for memory.
 * @param folder is created if it does not exist.
 * @throws RequestError PAYLOAD_TOO_LARGE, UNAVAILABLE when the disk is full; whatever the stream throws
 */
export async function spool(stream: AsyncIterable<Uint8Array>, folder: string, maxBytes: number): Promise<Spool> {
  await mkdir(folder, { recursive: true, mode: 0o750 });
  const path = join(folder, `${randomUUID()}.part`);
  const handle = await open(path, 'wx+', 0o600);
  const hash = createHash('sha256');
  let size = 0;
  try {
    await unlink(path);
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > maxBytes)
        throw new RequestError('PAYLOAD_TOO_LARGE', `The file exceeds the maximum of ${maxBytes} bytes.`);
      hash.update(chunk);
      await handle.write(chunk);
    }
  } catch (error) {
    await handle.close();
    const code = (error as { code?: unknown } | null)?.code;
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new RequestError('UNAVAILABLE', 'The disk of the server is full.');
    throw error;
  }
  return {
    digest: hash.digest('hex'),
    size,
    bytes: () => read(handle, size),
    close: async () => await handle.close(),
  };
}
