/** Launches one job for a key, and finds it again. */
import {
  ADAPTER_ERRORS,
  AdapterError,
  isAdapterError,
  type DistributionRequest,
  type JsonObject,
  type RunHandle,
} from '../../src/adapters/adapter.js';
import type { AwxApi, Job, Label, LaunchData, Launched } from './awx-api.js';
import { hostOf, hostProblems, launchBody, nameOf, orderIn, templateOf, templateProblems } from './order.js';
import { DEFAULT_SETTLE_MS, type AwxConfig } from './settings.js';

/** How many pages of the newest jobs are searched where jobs have no label: 1,000 jobs. */
const RECENT_PAGES = 5;

/** Descriptions of a label with a key: a launch was sent, or AWX refused it, so that none can be under way. */
const SENT = 'Interlock launches a job with this key.';
const REFUSED = 'AWX refused the launch with this key.';

/** The handle of a job. */
const handleOf = (key: string, job: number, fingerprint: string): RunHandle => ({
  adapterId: 'awx',
  apiVersion: 1,
  key,
  native: { job, fingerprint },
});

/** What is wrong with an order: with its template, and with its hosts. */
export interface Problems {
  readonly data: LaunchData;
  readonly template: readonly string[];
  readonly hosts: ReadonlyMap<string, string>;
}

/** Asks AWX whether a request can be executed. Reads only. */
export async function problemsOf(
  api: AwxApi,
  config: AwxConfig,
  request: DistributionRequest,
  signal: AbortSignal,
): Promise<Problems> {
  const data = await api.launchData(templateOf(request), signal);
  const names = request.targets.map(hostOf);
  const hosts =
    data.inventory === undefined ? new Map() : hostProblems(names, await api.named(data.inventory, names, signal));
  return { data, template: templateProblems(data, request, config), hosts };
}

/**
 * The job of a key, oldest first: somebody may have launched one of ours again by hand.
 * @returns null when there is none; without labels, null when none is among the newest jobs.
 */
async function findJob(api: AwxApi, config: AwxConfig, key: string, signal: AbortSignal): Promise<Job | null> {
  const name = nameOf(config, key);
  const jobs =
    config.find === 'recent' ? await api.recentJobs(RECENT_PAGES, signal) : await api.jobsWithLabel(name, signal);
  const ours = jobs.filter((job) => orderIn(job.extraVars)?.name === name);
  return ours.reduce<Job | null>((first, job) => (first === null || job.id < first.id ? job : first), null);
}

/** @throws AdapterError OUTCOME_UNKNOWN while a launch that this label is a note of may still be under way. */
function assertSettled({ description, modified, now }: Label, config: AwxConfig): void {
  const wait = description === REFUSED ? 0 : modified + (config.settleMs ?? DEFAULT_SETTLE_MS) - now;
  if (wait <= 0) return;
  const message = 'An earlier launch for this key may still be under way in AWX.';
  throw new AdapterError('OUTCOME_UNKNOWN', message, Number.isNaN(wait) ? {} : { retryAfterMs: wait });
}

/**
 * The run with a key; null when there is none.
 * @throws AdapterError OUTCOME_UNKNOWN while a launch whose answer was lost may still be under way.
 */
export async function findRun(
  api: AwxApi,
  config: AwxConfig,
  key: string,
  signal: AbortSignal,
): Promise<RunHandle | null> {
  // The label first: what it says is over then shows among the jobs.
  const label = config.find === 'recent' ? undefined : await api.label(nameOf(config, key), undefined, signal);
  const job = await findJob(api, config, key, signal);
  const order = orderIn(job?.extraVars);
  if (job !== null && order !== undefined) return handleOf(key, job.id, order.fingerprint);
  if (label !== undefined) assertSettled(label, config);
  return null;
}

/**
 * The label with the key. Its name is unique, so it is also the note that a launch was begun. A launch whose answer was
 * lost may still be under way when the next try comes, so that one waits until AWX must have started the job.
 * @throws AdapterError OUTCOME_UNKNOWN while an earlier launch may still be under way.
 */
async function labelFor(
  api: AwxApi,
  config: AwxConfig,
  request: DistributionRequest,
  signal: AbortSignal,
): Promise<number> {
  const key = nameOf(config, request.key);
  const organization = await api.organization(templateOf(request), signal);
  const made = await beforeLaunch(api.createLabel(key, organization, signal));
  if (made !== undefined) return made;
  const label = await api.label(key, organization, signal);
  if (label === undefined) throw new AdapterError('FAILED_PRECONDITION', `AWX takes no label with the name ${key}.`);
  assertSettled(label, config);
  await beforeLaunch(api.touchLabel(label.id, `${SENT} ${label.now}`, signal));
  return label.id;
}

/** A step that launches nothing: when its outcome is unknown, the launch certainly did not happen. */
async function beforeLaunch<T>(step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    if (!isAdapterError(error) || error.code !== 'OUTCOME_UNKNOWN') throw error;
    throw new AdapterError('UNAVAILABLE', error.message, { cause: error });
  }
}

/** Sends the launch. When AWX certainly refused it, the label says so and the next try need not wait. */
async function send(
  api: AwxApi,
  template: number,
  { body, label }: { readonly body: JsonObject; readonly label: number | undefined },
  signal: AbortSignal,
): Promise<Launched> {
  try {
    return await api.launch(template, body, signal);
  } catch (error) {
    if (label !== undefined && isAdapterError(error) && !ADAPTER_ERRORS[error.code].mayHaveStarted)
      await api.touchLabel(label, REFUSED, signal).catch(() => undefined); // then the next try waits
    throw error;
  }
}

/**
 * Takes back a job that AWX launched in another way than requested.
 * @throws AdapterError always: FAILED_PRECONDITION when the job did nothing, else OUTCOME_UNKNOWN
 */
async function takeBack(api: AwxApi, launched: Launched, why: string, signal: AbortSignal): Promise<never> {
  const [kind, id] =
    launched.job !== undefined ? (['jobs', launched.job] as const) : (['workflow_jobs', launched.workflowJob] as const);
  if (id === undefined) throw new AdapterError('OUTCOME_UNKNOWN', `${why} AWX names no job that could be cancelled.`);
  let ended = 'It could not be cancelled';
  try {
    const accepted = await api.cancel(kind, id, signal);
    const { started, status } = kind === 'jobs' ? await api.job(id, signal) : { started: 'unknown', status: 'unknown' };
    if (accepted && status === 'canceled' && started === undefined)
      throw new AdapterError('FAILED_PRECONDITION', `${why} Job ${id} was cancelled before it began.`);
    ended = accepted ? 'It was cancelled after it had begun' : 'It had ended before it could be cancelled';
  } catch (error) {
    if (isAdapterError(error) && error.code === 'FAILED_PRECONDITION') throw error;
  }
  throw new AdapterError('OUTCOME_UNKNOWN', `${why} ${ended}: look at job ${id} in AWX, it may have changed hosts.`);
}

/**
 * Launches the job of a request. The limit names exactly the requested hosts.
 * @throws AdapterError see the port.
 */
export async function launch(
  api: AwxApi,
  config: AwxConfig,
  request: DistributionRequest,
  signal: AbortSignal,
): Promise<RunHandle> {
  const { key, fingerprint } = request;
  const known = await findJob(api, config, key, signal);
  if (known !== null) {
    if (orderIn(known.extraVars)?.fingerprint === fingerprint) return handleOf(key, known.id, fingerprint);
    throw new AdapterError('ALREADY_EXISTS', `Job ${known.id} has this key and another order.`);
  }
  const { data, template, hosts } = await problemsOf(api, config, request, signal);
  const problems = [...template.map((one) => `The job template cannot be used. ${one}`), ...hosts.values()];
  if (problems.length > 0) throw new AdapterError('FAILED_PRECONDITION', problems.slice(0, 10).join(' '));
  if (request.dryRun && !data.asks('job_type'))
    throw new AdapterError('UNIMPLEMENTED', 'The job template does not ask for its job type, so it cannot rehearse.');
  const label = config.find === 'recent' ? undefined : await labelFor(api, config, request, signal);
  const body = launchBody(request, data, label, config);
  const launched = await send(api, templateOf(request), { body, label }, signal);
  if (launched.ignored.length > 0)
    return await takeBack(api, launched, `AWX ignored ${launched.ignored.join(', ')} of the order.`, signal);
  if (launched.job === undefined) return await takeBack(api, launched, 'AWX launched no single job.', signal);
  if (launched.limit !== body['limit'])
    return await takeBack(api, launched, 'AWX launched a job with another limit.', signal);
  return handleOf(key, launched.job, fingerprint);
}
