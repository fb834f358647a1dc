import { execute, parse, type DocumentNode } from 'graphql';
import type { DistributionRequest } from '../../src/adapters/adapter.js';
import type { Actor } from '../../src/domain/actor.js';
import { parseNodeId, toNodeId } from '../../src/domain/node-id.js';
import type { Role } from '../../src/domain/roles.js';
import { dueSweep, recallSweep } from '../../src/jobs/distribution/due.job.js';
import { preflightSweep } from '../../src/jobs/distribution/preflight.job.js';
import { retrySweep } from '../../src/jobs/distribution/retry.job.js';
import { decisionSweep, waveSweep } from '../../src/jobs/distribution/rollout.job.js';
import { runSweep } from '../../src/jobs/distribution/run.job.js';
import { Person } from '../../src/entities/people/person.entity.js';
import { Reads } from '../../src/reads/reads.js';
import type { Context } from '../../src/resolvers/context.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { TestClock } from '../support/clock.js';
import { runsAreRecorded } from '../support/drive-runs.js';
import { payloadField } from '../support/refusals.js';
import type { Deed, SafetyLog } from './log.js';
import { NAMES, PEOPLE, type Name } from './people.js';
import { Chance } from './random.js';
import { watchedTool, type TargetEnd, type ToolEars } from './watched-tool.js';
import { Witness, type Edited } from './witness.js';

/** How the server answered a command. */
export interface Answer {
  readonly ok: boolean;
  /** Node id of the object. */
  readonly id: string;
  readonly codes: readonly string[];
}

type Input = Readonly<Record<string, any>>;

const capital = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** Every how many sequences the distributions go in waves. */
const WAVED = 5;

/** Every how many times the other jobs run, too: they cost most of the time. */
const EVERYTHING = 20;

/** The least criticality of which a success has to be verified, as the witness numbers it. */
const HIGH = 3;

/** Commands after which the tool is asked to work at once, as a running server would. */
const STARTS: Readonly<Record<string, 'first' | 'again' | 'back-out'>> = {
  distributionStart: 'first',
  distributionRetryFailed: 'again',
  distributionAdvance: 'again',
  distributionResume: 'again',
  distributionStartBackOut: 'back-out',
};

/** Commands that add something to a release unless it has it already. */
const ADDITIONS = new Set(['releaseAddCi', 'releaseAddContent']);

/** Commands that write in an object, unless it says so already, with its table. */
const EDITS: Readonly<Record<string, Edited>> = {
  changeUpdate: 'change',
  changeAddCi: 'change',
  changeRemoveCi: 'change',
  releaseUpdate: 'release',
  taskUpdate: 'task',
  distributionUpdate: 'distribution',
  dmlItemVersionUpdate: 'dml_item_version',
  releaseTemplateVersionUpdate: 'release_template_version',
};

/** Commands whose scope the oracle remembers: what was judged. */
const JUDGEMENTS = new Set(['releaseAccept', 'taskComplete', 'distributionSchedule', 'distributionApprove']);

/** Commands that plan a distribution, and those that commit to its targets. */
const PLANS = new Set(['distributionPlan', 'distributionUpdate']);
const COMMITMENTS = new Set(['distributionSchedule', 'distributionApprove']);

const uuid = (id: string): string => parseNodeId(id)?.uuid ?? id;

const plain = (value: unknown): unknown =>
  typeof value === 'string'
    ? uuid(value)
    : Array.isArray(value)
      ? value.map(plain)
      : value !== null && typeof value === 'object'
        ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
        : value;

/**
 * A server with a clock that is moved by hand, everybody signed in, and a tool that is watched. Operations are executed
 * by the schema itself, with its authorisation, but without HTTP: thousands of sequences have to fit into minutes.
 */
export class Stage {
  readonly clock = new TestClock('2027-01-04T00:00:00Z');
  readonly people = new Map<Name, Actor>();
  /** Accepted commands, refusals by code, starts, ends: what the run was worth. */
  readonly tally = new Map<string, number>();
  log: SafetyLog = { deeds: [], starts: [], reports: [], ends: [] };
  /** Releases of this sequence, by database id. */
  readonly releases = new Set<string>();
  chance = new Chance(1);
  /** Whether distributions go in waves. */
  waved = false;
  app!: TestApp;
  witness!: Witness;
  /** Node ids of the tool that works by itself and of the one that is people. */
  toolId = '';
  handsId = '';
  /** Windows of this sequence that repeat, by database id. */
  readonly recurring = new Set<string>();
  /** Releases of this sequence that were made from a template, by database id. */
  readonly templated = new Set<string>();
  readonly #orders = new Map<string, DistributionRequest>();
  /** What the tool said last about an order, by its key. */
  readonly #checks = new Map<string, 'ok' | 'block'>();
  /** Targets of an order on which a success has to be verified. */
  readonly #toVerify = new Map<string, ReadonlySet<string>>();
  readonly #documents = new Map<string, DocumentNode>();
  #ends = new Map<string, string>();
  readonly #signal = new AbortController();
  #works = 0;

  /** Starts the server and signs everybody in. */
  static async open(): Promise<Stage> {
    const stage = new Stage();
    const ears: ToolEars = {
      now: () => stage.now,
      chance: () => stage.chance,
      ordered: async (request, received) => await stage.#sent(request, received),
      resumed: async (request) => await stage.#sent(request),
      checked: (request, verdict) => stage.#checked(request, verdict),
      told: (request, ciId, end, course) => stage.#told(request, ciId, end, course),
      open: (request) => stage.#open(request),
      late: () => stage.count('told late'),
    };
    const adapters = [
      { instance: 'watched', module: watchedTool(ears) },
      { instance: 'hands', module: watchedTool(ears, true) },
    ];
    // On what is HIGH or CRITICAL the word of a tool is not enough.
    const env = { INTERLOCK_VERIFIED_FROM: 'HIGH' };
    stage.app = await startTestApp({ clock: stage.clock.now, adapters, env });
    stage.witness = new Witness(stage.app.readDatabase.pool, () => stage.now);
    await stage.app.transact(async (uow) => {
      for (const name of NAMES) {
        const roles = PEOPLE[name] as readonly Role[];
        const person = uow.em.create(Person, { name, email: `${name}@safety.test`, roles: [...roles] });
        await uow.em.flush();
        stage.people.set(name, { id: person.id, name, roles, via: 'token' });
      }
    });
    await stage.app.jobs.runOnce();
    const { rows } = await stage.app.readDatabase.pool.query('select id, name from deployment_tool');
    const idOf = (wanted: string) => toNodeId('DeploymentTool', rows.find(({ name }) => name === wanted).id);
    [stage.toolId, stage.handsId] = [idOf('watched'), idOf('hands')];
    return stage;
  }

  get now(): number {
    return this.clock.now().getTime();
  }

  /** An instant this many minutes from now, as the API takes it. */
  in(minutes: number): string {
    return new Date(this.now + minutes * 60_000).toISOString();
  }

  /** Node id of a person. */
  person(name: Name): string {
    return toNodeId('Person', this.people.get(name)?.id ?? '');
  }

  /** Begins a new sequence: an empty log. */
  begin(seed: number): void {
    this.chance = new Chance(seed);
    this.waved = seed % WAVED === 0;
    this.log = { deeds: [], starts: [], reports: [], ends: [] };
    this.releases.clear();
    this.recurring.clear();
    this.templated.clear();
    this.#orders.clear();
    this.#checks.clear();
    this.#toVerify.clear();
    this.#ends.clear();
    this.#works = 0;
  }

  /** Has the administrator limit how many targets the tool works on at a time, or lift the limit. */
  async limit(most: number | null): Promise<void> {
    const { rows } = await this.app.readDatabase.pool.query<{ version: number; most: number | null }>(
      'select version, max_targets_at_once as most from deployment_tool where id = $1',
      [uuid(this.toolId)],
    );
    const [tool] = rows;
    if (tool === undefined || tool.most === most) return;
    const input = { id: this.toolId, expectedVersion: tool.version, maxTargetsAtOnce: most };
    await this.act('ada', 'deploymentToolUpdate', input);
  }

  count(what: string, by = 1): void {
    this.tally.set(what, (this.tally.get(what) ?? 0) + by);
  }

  /** Has somebody issue a command. What the server accepts goes into the log. */
  async act(name: Name, command: string, input: Input): Promise<Answer> {
    const actor = this.people.get(name) as Actor;
    const field = payloadField(command);
    const edits = EDITS[command];
    const was = edits && (await this.witness.version(edits, uuid(input['id'])));
    const owner = command === 'releaseHandOver' ? await this.witness.owner(uuid(input['id'])) : undefined;
    const { data, errors } = await this.#execute(actor, command, field, input);
    const payload = (data as any)?.[command];
    const codes: string[] = errors
      ? errors.map(({ extensions, message }) => String(extensions['code'] ?? message))
      : payload.userErrors.map(({ code }: { code: string }) => code);
    if (codes.length > 0) {
      this.count('refused');
      for (const code of new Set(codes)) this.count(`refused ${code}`);
      const subjects = errors ? [] : payload.userErrors.map((blocker: any) => uuid(blocker.subject?.id ?? ''));
      if (subjects.some((id: string) => this.recurring.has(id))) this.count('refused by a window that repeats');
      return { ok: false, id: '', codes };
    }
    this.count('accepted');
    this.count(`accepted ${command}`);
    const id = payload[field].id as string;
    if (command === 'scheduleWindowCreate' && input['rrule'] != null) this.recurring.add(uuid(id));
    if (command === 'releaseCreate' && input['templateVersionId'] != null) this.templated.add(uuid(id));
    const idle = edits !== undefined && was === (await this.witness.version(edits, uuid(id)));
    const took = owner !== undefined && owner !== actor.id && input['ownerId'] !== undefined;
    await this.#record(actor, command, uuid(id), { ...(plain(input) as Input), ...(took && { took }) }, idle);
    return { ok: true, id, codes };
  }

  /**
   * Does what is due, as a running server would. Only the work that starts, sends and observes distributions is done
   * every time.
   */
  async work(): Promise<void> {
    const { signal } = this.#signal;
    for (const { run } of [dueSweep, recallSweep, retrySweep, waveSweep, decisionSweep, preflightSweep, runSweep])
      await run(this.app.services, signal);
    if (++this.#works % EVERYTHING === 0) await this.app.jobs.runOnce({ housekeeping: true });
    await runsAreRecorded(this.app, this.clock);
    await this.look();
  }

  /** Lets time pass in steps, and does what is due after each. */
  async pass(minutes: number, step = 10): Promise<void> {
    for (let passed = 0; passed < minutes; passed += step) {
      this.clock.advance(Math.min(step, minutes - passed) * 60_000);
      await this.work();
    }
  }

  /** Writes down the ends that the server claims and did not claim before. */
  async look(): Promise<void> {
    if (this.releases.size === 0) return;
    for (const end of await this.witness.ends([...this.releases])) {
      const claim = JSON.stringify([end.claim, end.targets, end.digests, end.residual]);
      if (this.#ends.get(end.id) === claim) continue;
      this.#ends.set(end.id, claim);
      this.count(`${end.noun} ${end.claim}`);
      if (end.noun === 'release' && this.templated.has(end.id)) this.count(`templated release ${end.claim}`);
      this.log.ends.push({ ...end, known: this.log.reports.length });
    }
  }

  /** Writes down every end that the server claims now, at the end of a sequence, whether it is new or not. */
  async lookAgain(): Promise<void> {
    const known = this.log.reports.length;
    if (this.releases.size === 0) return;
    for (const end of await this.witness.ends([...this.releases])) this.log.ends.push({ ...end, known });
  }

  async end(): Promise<void> {
    await this.app.end();
  }

  async #execute(actor: Actor, command: string, field: string, input: Input) {
    let document = this.#documents.get(command);
    if (!document) {
      document = parse(`mutation($input: ${capital(command)}Input!) {
        ${command}(input: $input) { ${field} { id } userErrors { code ... on Blocker { subject { id } } } } }`);
      this.#documents.set(command, document);
    }
    const contextValue: Context = {
      actor,
      requestId: command,
      reads: new Reads(this.app.readDatabase, actor),
      services: this.app.services,
    };
    return await execute({ schema: this.app.schema, document, variableValues: { input }, contextValue });
  }

  async #record({ id: by, roles }: Actor, command: string, on: string, input: Input, idle: boolean): Promise<void> {
    const belongs = await this.#belonging(command, on, input);
    if (command === 'releaseCreate') this.releases.add(on);
    const deed: Deed = {
      at: this.now,
      by: by as string,
      roles,
      command,
      on,
      input: { ...input, ...(belongs?.kind && { taskKind: belongs.kind }) },
      ...(idle && { idle }),
      ...(ADDITIONS.has(command) && !(await this.witness.added(by as string, on, command)) && { idle: true }),
      ...(belongs && { release: belongs.release }),
      ...(belongs && JUDGEMENTS.has(command) && { scope: await this.witness.scope(belongs.release) }),
      ...(belongs && PLANS.has(command) && { runners: await this.witness.runners(belongs.release) }),
      ...(COMMITMENTS.has(command) && { targets: await this.witness.targets(on) }),
    };
    this.log.deeds.push(deed);
    // Who makes a template writes its draft.
    const drafts = /^release(Template(Create|Revise)|SaveAsTemplate)$/.test(command)
      ? await this.witness.drafts(on)
      : [];
    this.log.deeds.push(...drafts.map((draft) => ({ ...deed, on: draft })));
    if (command === 'targetExecutionReport') await this.#reported(on, input);
    const kind = STARTS[command];
    if (kind === undefined) return;
    this.count('starts accepted');
    const deeds = this.log.deeds.length;
    const start = await this.witness.start(on, { how: 'accepted', kind, known: this.log.reports.length });
    this.log.starts.push({ ...start, deeds });
    await this.work();
  }

  async #belonging(command: string, on: string, input: Input) {
    if (/^release(?!Template)/.test(command)) return { release: on, kind: null };
    const [table] = /^(task|phase|distribution|waiver)/.exec(command) ?? [];
    if (table) return await this.witness.belonging(table as 'task', on);
    return input['releaseId'] ? { release: input['releaseId'] as string, kind: null } : null;
  }

  async #sent(request: DistributionRequest, received?: readonly string[]): Promise<void> {
    // An order that a slow machine sends after its sequence is over was judged, or waited for, in that sequence.
    if (!this.releases.has(uuid(request.release.id))) return;
    const { rows } = await this.app.readDatabase.pool.query(
      'select distribution_id, attempt, back_out from distribution_run where key = $1',
      [request.key],
    );
    const { distribution_id: id, attempt, back_out: backOut } = rows[0];
    const kind = backOut ? 'back-out' : received && attempt === 1 ? 'first' : 'again';
    this.count(`sent ${kind}`);
    const operation = request.operation.toUpperCase();
    const known = this.log.reports.length;
    const deeds = this.log.deeds.length;
    this.#orders.set(request.key, request);
    for (const { ciId } of received ? request.targets : []) this.#told(request, ciId, 'ordered');
    const start = await this.witness.start(id, { how: 'sent', kind, known, operation, ...(received && { received }) });
    const checked = this.#checks.get(request.key);
    this.log.starts.push({ ...start, deeds, ...(received && { key: request.key, ...(checked && { checked }) }) });
    const important = start.release.targets.filter(({ effective = 0 }) => effective >= HIGH).map((ci) => ci.id);
    if (received) this.#toVerify.set(request.key, new Set(important));
    if (start.crowds.length > 0) this.count('sent under a limit');
    if (start.linked) this.count('sent with a task');
    if (start.byServer) this.count('retried by itself');
    if (start.policy !== 'ALL') this.count('sent with a policy');
    if (start.grouped) this.count('sent to a group');
    if (kind !== 'back-out' && start.release.state === 'BACKING_OUT') this.count(`sent ${operation} in a back-out`);
    if (start.template !== null) this.count('sent for a template');
  }

  /** Targets of an order with no end on record. */
  #open({ key, targets }: DistributionRequest): string[] {
    const told = this.log.reports.filter((report) => report.key === key && report.outcome !== 'ordered');
    return targets.map(({ ciId }) => ciId).filter((ciId) => !told.some(({ target }) => target === uuid(ciId)));
  }

  /** A person has reported a target: what they say is what happened. */
  async #reported(execution: string, { state }: Input): Promise<void> {
    const { rows } = await this.app.readDatabase.pool.query(
      `select r.key, r.deadline, e.ci_id from target_execution e
       join distribution_run r on r.distribution_id = e.distribution_id and r.attempt = e.attempt where e.id = $1`,
      [execution],
    );
    const order = this.#orders.get(rows[0]?.key);
    const end = ({ SUCCEEDED: 'succeeded', FAILED: 'failed' } as const)[state as string];
    if (order === undefined || end === undefined) return;
    this.#told(order, rows[0].ci_id, end);
    this.count(`a person reports ${state}`);
    if (this.now > +rows[0].deadline) this.count('told late');
    await this.look();
  }

  #checked({ key, release }: DistributionRequest, verdict: 'ok' | 'block'): void {
    if (!this.releases.has(uuid(release.id))) return;
    this.#checks.set(key, verdict);
    this.count(`preflight ${verdict}`);
  }

  #told(
    request: DistributionRequest,
    ciId: string,
    end: TargetEnd | 'ordered',
    course?: { readonly verified: boolean; readonly retryable: boolean },
  ): void {
    if (!this.releases.has(uuid(request.release.id))) return;
    const held = end === 'succeeded' && course?.verified === false && this.#toVerify.get(request.key)?.has(uuid(ciId));
    const outcome = held ? 'unverified' : end;
    if (held) this.count('held until it is verified');
    this.log.reports.push({
      at: this.now,
      release: uuid(request.release.id),
      key: request.key,
      target: uuid(ciId),
      operation: request.operation,
      digests: request.package.artifacts.map(({ sha256 }) => sha256),
      outcome,
      ...(end === 'failed' && course && { retryable: course.retryable }),
    });
  }
}
