/** Builds what an adapter instance gets from the core. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { AdapterError, type AdapterContext, type Logger, type SafeSpawn } from './adapter.js';
import type { Redactor, SecretResolver } from './secrets.js';

/**
 * Opens stored content by its SHA-256 (lower-case hexadecimal); null when there is none. The content need not be
 * trusted.
 */
export type ArtifactSource = (sha256: string) => Promise<ReadableStream<Uint8Array> | Readable | null>;

/** What {@link createAdapterContext} needs. */
export interface AdapterContextParts {
  readonly instanceId: string;
  readonly log: Logger;
  readonly redactor: Redactor;
  readonly secrets: SecretResolver;
  readonly artifacts: ArtifactSource;
  /** Exists, private to the instance. */
  readonly workDir: string;
  readonly now: () => Date;
  readonly fetch: typeof fetch;
  readonly spawn: SafeSpawn;
}

/** A logger that redacts known secrets in messages and fields and adds the instance to each entry. */
export function redactingLogger(base: Logger, redactor: Redactor, instance: string): Logger {
  const entry =
    (level: keyof Logger) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void =>
      base[level](redactor.text(message), {
        ...(redactor.value(fields) as Record<string, unknown>),
        adapter: instance,
      });
  return { debug: entry('debug'), info: entry('info'), warn: entry('warn'), error: entry('error') };
}

/** The same bytes; fails at the end with FAILED_PRECONDITION when their SHA-256 is not the requested one. */
function verified(content: ReadableStream<Uint8Array>, sha256: string): ReadableStream<Uint8Array> {
  const hash = createHash('sha256');
  return content.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        hash.update(chunk);
        controller.enqueue(chunk);
      },
      flush(controller) {
        const actual = hash.digest('hex');
        if (actual === sha256) return;
        controller.error(
          new AdapterError(
            'FAILED_PRECONDITION',
            `The stored content does not match its digest: expected ${sha256}, found ${actual}.`,
          ),
        );
      },
    }),
  );
}

async function openArtifact(source: ArtifactSource, sha256: string): Promise<ReadableStream<Uint8Array>> {
  if (!/^[0-9a-f]{64}$/.test(sha256))
    throw new AdapterError('INVALID_ARGUMENT', 'Not a SHA-256 in lower-case hexadecimal.');
  const content = await source(sha256);
  if (content === null) throw new AdapterError('NOT_FOUND', `No stored content has the digest ${sha256}.`);
  const stream = content instanceof Readable ? (Readable.toWeb(content) as ReadableStream<Uint8Array>) : content;
  return verified(stream, sha256);
}

/** Creates a context. */
export function createAdapterContext(parts: AdapterContextParts): AdapterContext {
  return {
    instanceId: parts.instanceId,
    log: redactingLogger(parts.log, parts.redactor, parts.instanceId),
    secrets: { get: (ref) => parts.secrets.get(ref) },
    artifacts: { open: (sha256) => openArtifact(parts.artifacts, sha256) },
    workDir: parts.workDir,
    now: parts.now,
    fetch: parts.fetch,
    spawn: parts.spawn,
  };
}
