/** An answer without what differs from request to request: the trace id of a masked error. */
export const comparable = (text: string): string => text.replaceAll(/"traceId":"[^"]+"/g, '"traceId":"…"');

/**
 * An answer without what chance decides. Where two fields below one nullable field fail, GraphQL reports one of them:
 * the first to finish. Such an error is reduced to the position that became null; every other error stays as it is.
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
  const reduced = all.map((error: { path?: (string | number)[] }) => {
    const at = lost(error.path ?? []);
    return at === undefined ? error : { lost: at };
  });
  return JSON.stringify({ status: answer.slice(0, 3), errors: reduced, data: found, ...rest });
}
