/** The part of the hawkBit Management API that the adapter uses, with every answer read into a type. */
import { AdapterError, type JsonObject, type JsonValue } from '../../src/adapters/adapter.js';
import { path, type HttpClient, type HttpRequest } from '../../src/adapters/http.js';

type Row = { readonly [name: string]: JsonValue };

/** The most rows of a page that hawkBit gives (REQUEST_PARAMETER_PAGING_MAX_LIMIT). */
const PAGE = 500;
const JSON_BODY = { 'content-type': 'application/json' } as const;

/** A rollout. */
export interface Rollout {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly status: string;
  readonly totalTargets: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/** What a rollout does on one target. */
export interface Action {
  readonly id: number;
  readonly controllerId: string;
  readonly status: string;
  readonly active: boolean;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/** A line of the history of an action, newest first. */
export interface ActionStatus {
  readonly type: string;
  readonly messages: readonly string[];
}

/** A distribution set. */
export interface DistributionSet {
  readonly usable: boolean;
  readonly digests: ReadonlySet<string>;
}

const rowOf = (value: JsonValue | undefined): Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : {};
const arrayOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);
const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');
const numberOf = (value: JsonValue | undefined): number => (typeof value === 'number' ? value : 0);

/** @throws AdapterError INTERNAL when the answer is none of hawkBit. */
function idOf(row: Row): number {
  const { id } = row;
  if (typeof id === 'number' && Number.isSafeInteger(id)) return id;
  throw new AdapterError('INTERNAL', 'The answer of hawkBit has no id.');
}

/** A rollout as hawkBit words it (MgmtRolloutResponseBody). */
export function rolloutOf(value: JsonValue): Rollout {
  const row = rowOf(value);
  return {
    id: idOf(row),
    name: textOf(row['name']),
    description: textOf(row['description']),
    status: textOf(row['status']),
    totalTargets: numberOf(row['totalTargets']),
    modified: numberOf(row['lastModifiedAt']) || numberOf(row['createdAt']),
  };
}

/** An action as hawkBit words it (MgmtAction): its target stands in the links. */
export function actionOf(value: JsonValue): Action {
  const row = rowOf(value);
  const href = textOf(rowOf(rowOf(row['_links'])['self'])['href']);
  const [, encoded = ''] = /\/targets\/([^/]+)\/actions\//.exec(href) ?? [];
  let controllerId = encoded;
  try {
    controllerId = decodeURIComponent(encoded);
  } catch {
    // Not encoded: as it is.
  }
  return {
    id: idOf(row),
    controllerId,
    status: textOf(row['status']),
    active: row['active'] === true,
    modified: numberOf(row['lastModifiedAt']) || numberOf(row['createdAt']),
  };
}

/** Calls of one update server. Every method throws what the HTTP client throws. */
export class HawkbitApi {
  constructor(private readonly http: HttpClient) {}

  /** Fails when the credentials are not accepted. */
  async signIn(signal: AbortSignal): Promise<void> {
    await this.http.json({ method: 'GET', path: '/rest/v1/userinfo' }, signal);
  }

  /** @param withFiles read the digests of its files, too. */
  async distributionSet(id: number, withFiles: boolean, signal: AbortSignal): Promise<DistributionSet> {
    const row = rowOf(await this.http.json({ method: 'GET', path: path`/rest/v1/distributionsets/${id}` }, signal));
    const digests = new Set<string>();
    if (withFiles)
      for (const module of arrayOf(row['modules'])) {
        const place = path`/rest/v1/softwaremodules/${idOf(rowOf(module))}/artifacts`;
        for (const file of arrayOf(await this.http.json({ method: 'GET', path: place }, signal)))
          digests.add(textOf(rowOf(rowOf(file)['hashes'])['sha256']).toLowerCase());
      }
    const usable = row['complete'] !== false && row['valid'] !== false && row['deleted'] !== true;
    return { usable, digests };
  }

  /** Ids of the targets that a query selects. Nothing else of a target is kept: it shows the token of its device. */
  async targetIds(query: string, signal: AbortSignal): Promise<string[]> {
    return (await this.#all('/rest/v1/targets', { q: query }, signal)).map((row) => textOf(row['controllerId']));
  }

  /** The rollout with exactly this name, deleted ones too; undefined when there is none. */
  async rolloutNamed(name: string, signal: AbortSignal): Promise<Rollout | undefined> {
    const query = { q: `name==${name}`, soft_deleted_mode: 'INCLUDE_SOFT_DELETED' };
    // hawkBit compares without case, so the name is compared again.
    const rows = (await this.#all('/rest/v1/rollouts', query, signal)).map(rolloutOf);
    return rows.find((rollout) => rollout.name === name);
  }

  async rollout(id: number, signal: AbortSignal): Promise<Rollout> {
    return rolloutOf(await this.http.json({ method: 'GET', path: path`/rest/v1/rollouts/${id}` }, signal));
  }

  /** @returns undefined when the name is taken. */
  async createRollout(body: JsonObject, signal: AbortSignal): Promise<Rollout | undefined> {
    const request: HttpRequest = {
      method: 'POST',
      path: '/rest/v1/rollouts',
      headers: JSON_BODY,
      body: { json: body },
    };
    const answer = await this.http.send({ ...request, accept: [409] }, signal);
    return answer.status === 409 ? undefined : rolloutOf(answer.json());
  }

  /** @returns false when the rollout is in a state that does not allow it. */
  async control(id: number, verb: 'start' | 'pause' | 'resume' | 'stop', signal: AbortSignal): Promise<boolean> {
    return await this.#command({ method: 'POST', path: path`/rest/v1/rollouts/${id}/${verb}` }, 400, signal);
  }

  async deleteRollout(id: number, signal: AbortSignal): Promise<void> {
    await this.#command({ method: 'DELETE', path: path`/rest/v1/rollouts/${id}` }, 404, signal);
  }

  /** Ids of the targets in all groups of a rollout. */
  async targetsOf(rollout: number, signal: AbortSignal): Promise<string[]> {
    const ids: string[] = [];
    const groups = path`/rest/v1/rollouts/${rollout}/deploygroups`;
    for (const group of await this.#all(groups, {}, signal))
      for (const row of await this.#all(`${groups}${path`/${idOf(group)}/targets`}`, {}, signal))
        ids.push(textOf(row['controllerId']));
    return ids;
  }

  async actions(rollout: number, signal: AbortSignal): Promise<Action[]> {
    const rows = await this.#all('/rest/v1/actions', { q: `rollout.id==${rollout}`, sort: 'id:ASC' }, signal);
    return rows.map(actionOf);
  }

  /** The history of an action, newest first. */
  async history({ id, controllerId }: Action, signal: AbortSignal): Promise<ActionStatus[]> {
    const place = path`/rest/v1/targets/${controllerId}/actions/${id}/status`;
    const query = { sort: 'id:DESC', limit: 50 };
    const answer = await this.http.json({ method: 'GET', path: place, query }, signal);
    return arrayOf(rowOf(answer)['content']).map((value) => {
      const row = rowOf(value);
      return { type: textOf(row['type']), messages: arrayOf(row['messages']).map(textOf) };
    });
  }

  /** @returns false when the action cannot be cancelled any more (405), or again. */
  async cancelAction({ id, controllerId }: Action, signal: AbortSignal): Promise<boolean> {
    const place = path`/rest/v1/targets/${controllerId}/actions/${id}`;
    return await this.#command({ method: 'DELETE', path: place }, 405, signal);
  }

  /**
   * A command, which hawkBit answers without a body. A page of something in between is no answer of hawkBit.
   * @param no the status with which hawkBit refuses it.
   * @returns whether it was taken.
   */
  async #command(request: HttpRequest, no: number, signal: AbortSignal): Promise<boolean> {
    const { status, bytes } = await this.http.send({ ...request, accept: [no] }, signal);
    if (status === no) return false;
    if (bytes.length === 0) return true;
    throw new AdapterError('OUTCOME_UNKNOWN', `The answer to ${request.method} ${request.path} is none of hawkBit.`);
  }

  async #all(place: string, query: NonNullable<HttpRequest['query']>, signal: AbortSignal): Promise<Row[]> {
    const rows: Row[] = [];
    for (;;) {
      const asked = { ...query, limit: PAGE, offset: rows.length };
      const answer = rowOf(await this.http.json({ method: 'GET', path: place, query: asked }, signal));
      if (!Array.isArray(answer['content'])) throw new AdapterError('INTERNAL', 'The answer of hawkBit is no list.');
      rows.push(...answer['content'].map(rowOf));
      if (answer['content'].length === 0 || rows.length >= numberOf(answer['total'])) return rows;
    }
  }
}
