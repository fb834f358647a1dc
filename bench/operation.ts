import { readdir } from 'node:fs/promises';

/** One set of values for which an operation is asked, as a row of {@link Operation.parameters} gives it: texts, ids are raw uuids. */
export type Parameters = Readonly<Record<string, string>>;

/** How one server is asked. */
export interface Question<Extra extends unknown[] = []> {
  readonly document: string;
  readonly variables: (p: Parameters, ...extra: Extra) => Record<string, unknown>;
}

/** One line of the benchmark: the same question in the words of each server. A file in `operations/` adds one. */
export interface Operation {
  /** Short name, as in the JSON report. */
  readonly name: string;
  /** What is asked, for people. */
  readonly title: string;
  /** SQL for the parameter sets; `$1` is how many at most. They vary over the requests, so that no server lives off one warm answer. */
  readonly parameters: string;
  readonly interlock: Question;
  /** `cursor` makes the cursor of a list in its primary order from a row id. */
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
