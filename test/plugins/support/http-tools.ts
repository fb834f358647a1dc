/** Every simulated tool with the settings that reach it, and what its profile wants of targets and packages. */
import type { JsonObject, RequestTarget } from '../../../src/adapters/adapter.js';
import { httpJob } from '../../../plugins/http-job/http-job.adapter.js';
import { connected, requestOf, temporaryDirectory } from '../../adapters/support/harness.js';
import { ArgoCdSimulator } from '../../simulators/argo-cd/argo-cd-simulator.js';
import { GithubSimulator } from '../../simulators/github/github-simulator.js';
import { GitlabSimulator } from '../../simulators/gitlab/gitlab-simulator.js';
import type { HttpSimulator } from '../../simulators/http/http-simulator.js';
import type { JobBook } from '../../simulators/http/job-book.js';
import { JenkinsSimulator } from '../../simulators/jenkins/jenkins-simulator.js';
import { KubernetesSimulator } from '../../simulators/kubernetes/kubernetes-simulator.js';
import { OctopusSimulator } from '../../simulators/octopus/octopus-simulator.js';
import { RundeckSimulator } from '../../simulators/rundeck/rundeck-simulator.js';

/** The credentials of every simulated tool. */
export const CREDENTIALS = 'cr3d3nt14l-canary';
/** The trigger token of GitLab, which travels in a body. */
export const TRIGGER = 'tr1gg3r-canary';
const credentials = { $secret: 'env:TOOL_CREDENTIALS' };

type Simulator = HttpSimulator & { readonly book: JobBook<never> };

/** A simulated tool. */
export interface HttpTool<S extends HttpSimulator = Simulator> {
  readonly simulator: S;
  /** Settings of an instance; the address is known once the simulator runs. */
  readonly config: () => JsonObject;
  readonly packageBinding: JsonObject;
  readonly targets: readonly RequestTarget[];
  readonly target: (name: string) => JsonObject;
}

const two = (target: (name: string) => JsonObject, names = ['web-01', 'web-02']): RequestTarget[] =>
  names.map((name, index) => ({ ciId: `ci-${index + 1}`, name, binding: target(name) }));

const tool = <S extends HttpSimulator>(
  simulator: S,
  settings: JsonObject,
  packageBinding: JsonObject,
  target: (name: string) => JsonObject,
  names?: string[],
): HttpTool<S> => ({
  simulator,
  config: () => ({ baseUrl: simulator.url, allowHttp: true, minPollMs: 5, settleMs: 0, timeoutMs: 5_000, ...settings }),
  packageBinding,
  target,
  targets: two(target, names),
});

export const jenkins = () =>
  tool(
    new JenkinsSimulator(CREDENTIALS),
    {
      profile: 'jenkins',
      auth: { type: 'basic', username: 'interlock', password: credentials },
      site: { job: 'shop/job/deploy' },
    },
    { name: 'shop' },
    (host) => ({ host }),
  );

export const github = () =>
  tool(
    new GithubSimulator(CREDENTIALS),
    {
      profile: 'github-actions',
      auth: { type: 'bearer', token: credentials },
      site: { owner: 'acme', repository: 'shop', workflow: 'deploy.yml' },
    },
    { name: 'shop' },
    (label) => ({ label }),
  );

export const gitlab = () =>
  tool(
    new GitlabSimulator(CREDENTIALS, TRIGGER),
    {
      profile: 'gitlab',
      auth: { type: 'header', name: 'PRIVATE-TOKEN', value: credentials },
      secrets: { trigger: { $secret: 'env:TOOL_TRIGGER' } },
      site: { project: 'acme/shop' },
    },
    { name: 'shop' },
    (host) => ({ host }),
  );

export const rundeck = () => {
  const simulator = new RundeckSimulator(CREDENTIALS);
  return tool(
    simulator,
    {
      profile: 'rundeck',
      auth: { type: 'header', name: 'X-Rundeck-Auth-Token', value: credentials },
      site: { project: 'shop', job: simulator.job },
    },
    { name: 'shop' },
    (node) => ({ node }),
  );
};

export const octopus = () =>
  tool(
    new OctopusSimulator(CREDENTIALS),
    {
      profile: 'octopus',
      auth: { type: 'header', name: 'X-Octopus-ApiKey', value: credentials },
      site: { environment: 'Production' },
    },
    { project: 'Shop', release: '4.2.0' },
    (machine) => ({ machine }),
  );

export const kubernetes = () =>
  tool(
    new KubernetesSimulator(CREDENTIALS),
    { profile: 'kubernetes-job', auth: { type: 'bearer', token: credentials }, site: { namespace: 'shop' } },
    { image: 'registry.example/shop-installer:4.2.0' },
    (host) => ({ host }),
  );

export const argoCd = () =>
  tool(
    new ArgoCdSimulator(CREDENTIALS),
    { profile: 'argo-cd', auth: { type: 'bearer', token: credentials } },
    { revision: 'v4.2.0' },
    (application) => ({ application }),
    ['shop-north', 'shop-south'],
  );

/** All of them by the name of the profile. */
export const HTTP_TOOLS = {
  jenkins,
  'github-actions': github,
  gitlab,
  rundeck,
  octopus,
  'kubernetes-job': kubernetes,
  'argo-cd': argoCd,
};

/** The environment in which the secrets of the settings are found. */
export const TOOL_ENV = { TOOL_CREDENTIALS: CREDENTIALS, TOOL_TRIGGER: TRIGGER };

/** A running tool with an instance of the adapter over a directory of its own. */
export async function atWork<S extends HttpSimulator>(made: HttpTool<S>, settings: JsonObject = {}) {
  await made.simulator.start();
  const directory = await temporaryDirectory();
  const config = () => ({ ...made.config(), ...settings });
  /** A further instance over the same directory, as another process has it after a crash. */
  const again = async (more: JsonObject = {}) =>
    await connected(httpJob, directory.path, { config: { ...config(), ...more }, env: TOOL_ENV });
  const { adapter, log } = await again();
  const order = (changes: Parameters<typeof requestOf>[0] = {}) =>
    requestOf({ targets: made.targets, package: { binding: made.packageBinding, artifacts: [] }, ...changes });
  return {
    ...made,
    adapter,
    log,
    again,
    order,
    directory: directory.path,
    end: async () => {
      await adapter.close();
      await made.simulator.stop();
      await directory.remove();
    },
  };
}
