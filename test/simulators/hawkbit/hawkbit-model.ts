/** What hawkBit keeps of its objects, as far as the simulator knows them, and how it words them. */

/** How a device behaves: what it reports for an action, and to a cancel. */
export type DeviceScript = 'ok' | 'fail' | 'offline' | 'slow' | 'refuses-cancel' | 'asks-user';

/** A target. */
export interface HawkbitTarget {
  readonly controllerId: string;
  script: DeviceScript;
  /** Fits the distribution sets of the simulator. */
  compatible: boolean;
  assigned: number | undefined;
  installed: number | undefined;
  readonly securityToken: string;
}

/** A distribution set with the files of its one module. */
export interface HawkbitSet {
  readonly id: number;
  complete: boolean;
  valid: boolean;
  deleted: boolean;
  readonly digests: string[];
}

/** A line of the history of an action. */
export interface HawkbitStatus {
  readonly id: number;
  readonly type: string;
  readonly messages: readonly string[];
}

/** An action: one rollout on one target. */
export interface HawkbitAction {
  readonly id: number;
  readonly rollout: number;
  readonly target: HawkbitTarget;
  status: string;
  active: boolean;
  modified: number;
  readonly history: HawkbitStatus[];
}

/** A rollout. */
export interface HawkbitRollout {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly targetFilterQuery: string;
  readonly distributionSetId: number;
  readonly type: string;
  status: string;
  deleted: boolean;
  /** Fixed when the rollout was created. */
  targets: readonly HawkbitTarget[];
  readonly created: number;
}

/** A page of a list. */
export function pageOf(all: readonly object[], query: URLSearchParams): object {
  const [offset, limit] = [Number(query.get('offset') ?? 0), Math.min(Number(query.get('limit') ?? 50), 500)];
  const content = all.slice(offset, offset + limit);
  return { content, total: all.length, size: content.length };
}

/** A rollout (MgmtRolloutResponseBody). */
export function rolloutBody({ targets, created, ...rollout }: HawkbitRollout): object {
  return { ...rollout, totalTargets: targets.length, createdAt: created, lastModifiedAt: created, dynamic: false };
}

/** An action (MgmtAction). The target stands only in the links. */
export function actionBody({ target, history: _history, modified, ...action }: HawkbitAction): object {
  const self = `http://hawkbit/rest/v1/targets/${encodeURIComponent(target.controllerId)}/actions/${action.id}`;
  const type = action.status.startsWith('cancel') ? 'cancel' : 'update';
  return {
    ...action,
    type,
    forceType: 'forced',
    createdAt: modified,
    lastModifiedAt: modified,
    _links: { self: { href: self } },
  };
}

/** A target (MgmtTarget): it shows the security token of the device. */
export function targetBody({ controllerId, securityToken }: HawkbitTarget): object {
  return { controllerId, name: controllerId, updateStatus: 'in_sync', securityToken };
}

/** An error (ExceptionInfo). */
export const problem = (status: number, errorCode: string, message: string) => ({
  status,
  json: { exceptionClass: 'org.eclipse.hawkbit.repository.exception.Exception', errorCode, message },
});

/**
 * The rows that an RSQL query selects. `==` and `=in=` compare without case, and `*` is a wildcard, as in hawkBit.
 * @param fields the value of each field of a row, by the name in the query.
 */
export function selected<T>(
  rows: readonly T[],
  query: string | null,
  fields: (row: T) => Record<string, unknown>,
): T[] {
  if (query === null) return [...rows];
  const [, field = '', operator, values = ''] = /^([\w.]+)(==|=in=)(.*)$/.exec(query) ?? [];
  const list = (operator === '=in=' ? values.slice(1, -1).split(',') : [values]).map((one) => one.replaceAll('"', ''));
  const patterns = list.map(
    (one) => new RegExp(`^${one.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, 'i'),
  );
  return rows.filter((row) => patterns.some((pattern) => pattern.test(String(fields(row)[field]))));
}
