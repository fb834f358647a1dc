/** An answer without what differs from request to request: the trace id of a masked error. */
export const comparable = (text: string): string => text.replaceAll(/"traceId":"[^"]+"/g, '"traceId":"…"');

/**
 * An answer without what chance decides. Where several fields below one position fail, and the position becomes null,
 * GraphQL reports the first to finish, and those of the others that finish before the answer is written. Such errors
 * are reduced to the position that became null, once; every other error stays as it is.
 * @param answer the HTTP status, a space and the body, as JSON
 */
export function settled(answer: string): string {
  const { errors: all = [], data: found, ...rest } = JSON.parse(answer.slice(4));
  const lost = (path: readonly (string | number)[]) => {
    let value = found;
    for (const [depth, key] of path.entries()) {
      if (value === null) return path.slice(0, depth);
      value = value?.[key];
    }
    return undefined;
  };
  const reduced = new Set<string>();
  const kept = all.filter((error: { path?: (string | number)[] }) => {
    const at = lost(error.path ?? []);
    if (at !== undefined) reduced.add(JSON.stringify(at));
    return at === undefined;
  });
  return JSON.stringify({
    status: answer.slice(0, 3),
    errors: kept,
    lost: [...reduced].sort(),
    data: found,
    ...rest,
  });
}
