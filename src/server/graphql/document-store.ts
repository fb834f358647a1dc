import type { DocumentNode } from 'graphql';
import { bytesOf, BoundedMap } from '../../domain/bounded-map.js';

/** Size of a token with the nodes that are made of it, in bytes: at most, as measured with documents of all shapes. */
const TOKEN_BYTES = 500;

/**
 * The size of a parsed document in memory, in bytes. It keeps its text and every token of it, also those of comments. A
 * document of short names takes 250 times as much as its text.
 */
export function documentBytes({ loc }: DocumentNode): number {
  if (!loc) return Infinity; // a document of unknown size is not kept
  let tokens = 0;
  for (let token: typeof loc.startToken | null = loc.startToken; token; token = token.next) tokens++;
  return bytesOf(loc.source.body) + tokens * TOKEN_BYTES;
}

/** How much a cache of documents keeps. */
export const DOCUMENT_BOUNDS = { entries: 1_000, bytes: 33_554_432 };

/**
 * Where Apollo keeps the documents that it found valid. Its own store measures a document as JSON, without the text and
 * the tokens.
 */
export class DocumentStore {
  readonly #documents = new BoundedMap<DocumentNode>(DOCUMENT_BOUNDS);

  /** Size of all documents together. */
  get bytes(): number {
    return this.#documents.bytes;
  }

  async get(key: string): Promise<DocumentNode | undefined> {
    return this.#documents.get(key);
  }

  async set(key: string, document: DocumentNode): Promise<void> {
    this.#documents.set(key, document, documentBytes(document));
  }

  async delete(key: string): Promise<void> {
    this.#documents.delete(key);
  }
}
