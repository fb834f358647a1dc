import { readFileSync } from 'node:fs';
import type { TestClient } from './client.js';

/** The operations of a document, in order. Parts of the schema that it shows are left out. */
export const snippetsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^```graphql\n([^]*?)^```/gm)]
    .map(([, source = '']) => source)
    .filter((source) => /^\s*(?:query|mutation|\{)/.test(source));

/**
 * Runs an operation of a document. It must end without errors and user errors.
 * @returns what its only field answered
 */
export async function runSnippet(client: TestClient, source: string, variables: object = {}): Promise<any> {
  const [answer, ...more] = Object.values(await client.ok<Record<string, any>>(source, { ...variables }));
  if (more.length > 0) throw new Error(`More than one field: ${source}`);
  if ((answer.userErrors ?? []).length > 0) throw new Error(`${source}\n${JSON.stringify(answer.userErrors)}`);
  return answer;
}
