import { readdir } from 'node:fs/promises';

/** The values for one request, as a row of {@link Operation.parameters}: texts; ids are raw uuids. */
export type Parameters = Readonly<Record<string, string>>;

/** The request to one server. */
export interface Question<Extra extends unknown[] = []> {
  readonly document: string;
  readonly variables: (p: Parameters, ...extra: Extra) => Record<string, unknown>;
}

/** One line of the benchmark: the same query in the form of each server. Each file in `operations/` adds one. */
export interface Operation {
  /** Short name, as in the JSON report. */
  readonly name: string;
  /** Title of the query, for people. */
  readonly title: string;
  /**
   * SQL for the parameter sets; `$1` is their maximum number. They vary over the requests, so that no server profits
   * from one cached answer.
   */
  readonly parameters: string;
  readonly interlock: Question;
  /** `cursor` creates the cursor of a list in its primary order from a row id. */
  readonly postgraphile: Question<[cursor: (id: string) => string]>;
  readonly mercurius: Question;
  /** The statement of the bare server: one row with one JSON text in the shape of Interlock's `data`, ids as uuids. */
  readonly limit: { readonly sql: (p: Parameters) => string; readonly values: (p: Parameters) => readonly unknown[] };
}

/** All operations, by the names of their files. */
export async function loadOperations(): Promise<Operation[]> {
  const folder = new URL('operations/', import.meta.url);
  const files = (await readdir(folder)).filter((file) => file.endsWith('.js')).sort();
  return await Promise.all(
    files.map(async (file) => ((await import(new URL(file, folder).href)) as { operation: Operation }).operation),
  );
}
