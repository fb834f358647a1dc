/**
 * A hawkBit update server on this machine with its devices, as far as rollouts need one: distribution sets, targets,
 * rollouts that a scheduler creates and starts, actions and their history. Built from the public Management API
 * (hawkbit-mgmt-api, hawkbit-mgmt-resource) and from JpaRolloutExecutor of eclipse-hawkbit/hawkbit.
 */
import type { SimulatedAnswer, SimulatedRequest } from '../http/http-simulator.js';
import { Effects, SimulatedServers } from '../http/simulated-servers.js';
import { note, startAction, stepDevice, stepRollout } from './hawkbit-engine.js';
import {
  actionBody,
  pageOf,
  problem,
  rolloutBody,
  selected,
  targetBody,
  type DeviceScript,
  type HawkbitAction,
  type HawkbitRollout,
  type HawkbitSet,
  type HawkbitTarget,
} from './hawkbit-model.js';

const STEP_MS = 20;
const MAX_QUERY = 1024;
const STOPPABLE = ['creating', 'ready', 'waiting_for_approval', 'starting', 'running', 'paused', 'approval_denied'];
const done: SimulatedAnswer = { status: 204 };
const notFound = problem(404, 'hawkbit.server.error.repo.entitiyNotFound', 'The given entity does not exist.');
const illegal = problem(400, 'hawkbit.server.error.rollout.illegalState', 'The rollout is in the wrong state.');

/** One update server. The simulator has one for each path below which it is asked. */
export class HawkbitServer {
  readonly sets = new Map<number, HawkbitSet>();
  readonly targets: HawkbitTarget[] = [];
  readonly rollouts = new Map<number, HawkbitRollout>();
  readonly actions: HawkbitAction[] = [];
  /** The password that everybody must send. Absent: any. */
  password: string | undefined;
  /** Rollouts wait for somebody's approval. */
  approval = false;
  /** Nothing moves while this is true. */
  held = false;
  #id = 100;

  /** @param effects get a file for every rollout that starts and every device that finishes. */
  constructor(
    private readonly effects = new Effects(),
    private readonly deviceToken = 'a token of a device',
    digests: readonly string[] = [],
  ) {
    for (const id of [5, 6])
      this.sets.set(id, { id, complete: true, valid: true, deleted: false, digests: [...digests] });
    for (const [id, script] of [
      ['dev-1', 'ok'],
      ['dev-2', 'ok'],
      ['bad-1', 'fail'],
      ['slow-1', 'slow'],
      ['slow-2', 'slow'],
      ['busy-1', 'refuses-cancel'],
      ['off-1', 'offline'],
      ['user-1', 'asks-user'],
    ] as const)
      this.target(id, script);
    for (let n = 0; n < 60; n += 1) this.target(`m${n}`);
  }

  /** Adds a target. */
  target(controllerId: string, script: DeviceScript = 'ok'): HawkbitTarget {
    const rest = { compatible: true, assigned: undefined, installed: undefined, securityToken: this.deviceToken };
    const made: HawkbitTarget = { controllerId, script, ...rest };
    this.targets.push(made);
    return made;
  }

  /** The rollouts of a key, deleted ones too. */
  rolloutsOf(name: string): HawkbitRollout[] {
    return [...this.rollouts.values()].filter((rollout) => rollout.name === name);
  }

  /** The actions of a rollout. */
  actionsOf({ id }: Pick<HawkbitRollout, 'id'>): HawkbitAction[] {
    return this.actions.filter(({ rollout }) => rollout === id);
  }

  /** Lets the scheduler and every device work once. @param although it is held. */
  step(although = false): void {
    if (this.held && !although) return;
    for (const rollout of this.rollouts.values()) {
      const set = rollout.distributionSetId;
      for (const action of this.actionsOf(rollout)) {
        const before = action.status;
        stepDevice(action, set);
        if (action.status === 'finished' && before !== 'finished')
          this.effects.note('effects', `${rollout.id}-${action.target.controllerId}`);
      }
      stepRollout(rollout, this.actionsOf(rollout), this.approval, (one) => this.#start(one));
    }
  }

  /** Answers a request to a path below `/rest/v1/`. */
  answer(method: string, path: string, request: SimulatedRequest): SimulatedAnswer {
    const given = Buffer.from(request.headers['authorization']?.replace('Basic ', '') ?? '', 'base64').toString();
    if (this.password !== undefined && given !== `interlock:${this.password}`) return { status: 401 };
    const [noun, id = '', verb, sub, last] = path.split('/').map(decodeURIComponent);
    const { query } = request;
    if (noun === 'userinfo') return { json: { tenant: 'DEFAULT', username: 'interlock' } };
    if (noun === 'distributionsets') return this.#set(Number(id));
    if (noun === 'softwaremodules') return { json: this.#artifacts(Number(id)) };
    if (noun === 'actions') return { json: pageOf(this.#found(query).map(actionBody), query) };
    if (noun === 'targets' && id === '') return { json: pageOf(this.#named(query.get('q')).map(targetBody), query) };
    if (noun === 'targets' && verb === 'actions') return this.#action(method, id, Number(sub), last);
    if (noun !== 'rollouts') return notFound;
    if (id === '') return method === 'POST' ? this.#create(JSON.parse(request.body) as never) : this.#list(query);
    const rollout = this.rollouts.get(Number(id));
    return rollout === undefined ? notFound : this.#rollout(method, rollout, verb, query);
  }

  #next(): number {
    return (this.#id += 1);
  }

  #found(query: URLSearchParams): HawkbitAction[] {
    return selected(this.actions, query.get('q'), ({ rollout }) => ({ 'rollout.id': rollout }));
  }

  #named(query: string | null): HawkbitTarget[] {
    return selected(this.targets, query, ({ controllerId }) => ({ controllerId, id: controllerId }));
  }

  #set(id: number): SimulatedAnswer {
    const set = this.sets.get(id);
    if (set === undefined) return notFound;
    return { json: { ...set, name: `Set ${id}`, version: '1.0', digests: undefined, modules: [{ id: id * 10 }] } };
  }

  #artifacts(module: number): object[] {
    const { digests = [] } = this.sets.get(module / 10) ?? {};
    return digests.map((sha256, id) => ({ id, providedFilename: 'app.bin', hashes: { sha1: '', md5: '', sha256 } }));
  }

  #list(query: URLSearchParams): SimulatedAnswer {
    const deleted = query.get('soft_deleted_mode') === 'INCLUDE_SOFT_DELETED';
    const rollouts = selected([...this.rollouts.values()], query.get('q'), ({ name }) => ({ name }));
    return { json: pageOf(rollouts.filter((one) => deleted || !one.deleted).map(rolloutBody), query) };
  }

  #create(
    given: Record<'name' | 'description' | 'targetFilterQuery' | 'type', string> & { distributionSetId: number },
  ) {
    const { name, description, targetFilterQuery, type, distributionSetId } = given;
    const set = this.sets.get(distributionSetId);
    if (set === undefined) return notFound;
    if (!set.complete) return problem(400, 'hawkbit.server.error.distributionset.incomplete', 'The set is incomplete.');
    if (this.rolloutsOf(name).length > 0)
      return problem(409, 'hawkbit.server.error.repo.entitiyAlreayExists', 'The given entity already exists.');
    const targets = this.#named(targetFilterQuery).filter(({ compatible }) => compatible);
    const words = 'Rollout does not match any existing targets';
    if (targets.length === 0 || targetFilterQuery.length > MAX_QUERY || name.length > 128 || description.length > 512)
      return problem(400, 'hawkbit.server.error.repo.constraintViolation', words);
    const rest = { status: 'creating', deleted: false, created: Date.now() };
    const texts = { name, description, targetFilterQuery, type };
    const made: HawkbitRollout = { id: this.#next(), ...texts, distributionSetId, targets, ...rest };
    this.rollouts.set(made.id, made);
    return { status: 201, json: rolloutBody(made) };
  }

  #start(rollout: HawkbitRollout): void {
    for (const target of rollout.targets) {
      const rest = { status: 'scheduled', active: true, modified: Date.now(), history: [] };
      const action: HawkbitAction = { id: this.#next(), rollout: rollout.id, target, ...rest };
      this.actions.push(action);
      startAction(action, rollout.distributionSetId);
    }
  }

  #rollout(method: string, rollout: HawkbitRollout, verb: string | undefined, query: URLSearchParams): SimulatedAnswer {
    const move = (from: readonly string[], to: string): SimulatedAnswer => {
      if (!from.includes(rollout.status)) return illegal;
      rollout.status = to;
      return done;
    };
    if (method === 'DELETE') {
      // Without actions nothing of it stays; its name can be used again.
      if (this.actionsOf(rollout).length === 0) this.rollouts.delete(rollout.id);
      else rollout.status = 'deleting';
      return done;
    }
    if (verb === 'start') {
      const answer = move(['ready'], 'starting');
      if (answer === done) this.effects.note('runs', String(rollout.id));
      return answer;
    }
    if (verb === 'pause') return move(['running'], 'paused');
    if (verb === 'resume') return move(['paused'], 'running');
    if (verb === 'stop') return move(STOPPABLE, 'stopping');
    if (verb !== 'deploygroups') return { json: rolloutBody(rollout) };
    const of = /deploygroups\/\d+\/targets/.test(query.get('path') ?? '') ? rollout.targets.map(targetBody) : undefined;
    return { json: pageOf(of ?? [{ id: rollout.id * 1_000, totalTargets: rollout.targets.length }], query) };
  }

  #action(method: string, controllerId: string, id: number, verb: string | undefined): SimulatedAnswer {
    const action = this.actions.find((one) => one.id === id && one.target.controllerId === controllerId);
    if (action === undefined) return notFound;
    if (verb === 'status') return { json: pageOf([...action.history].reverse(), new URLSearchParams()) };
    if (method !== 'DELETE') return { json: actionBody(action) };
    if (!action.active || action.status === 'canceling')
      return problem(405, 'hawkbit.server.error.action.notCancelable', 'Only active actions are cancelable.');
    note(action, 'canceling', 'Update Server: manual cancelation requested');
    return done;
  }
}

/** The server. Below `/some/path/rest/v1/` there is one update server for each path. */
export class HawkbitSimulator extends SimulatedServers<HawkbitServer> {
  /** The security token that targets show. */
  deviceToken = 'a token of a device';

  /** @param digests of the files in every distribution set. */
  constructor(...digests: readonly string[]) {
    super('/rest/v1/', STEP_MS, (effects) => new HawkbitServer(effects, this.deviceToken, digests));
  }

  protected override ask(server: HawkbitServer, path: string, request: SimulatedRequest): SimulatedAnswer {
    request.query.set('path', path);
    const { headers = {}, ...answer } = super.ask(server, path, request);
    return { ...answer, headers: { ...headers, ...('json' in answer && { 'content-type': 'application/hal+json' }) } };
  }
}
