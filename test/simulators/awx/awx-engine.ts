import { summaryOf, type AwxHost, type AwxJob } from './awx-job.js';

const ACTIVE = ['new', 'pending', 'waiting', 'running'];

/** Whether a job has not ended. */
export const isActive = (job: AwxJob): boolean => ACTIVE.includes(job.status);

const now = (): string => new Date().toISOString();

function tell(job: AwxJob, event: string, host = '', task = ''): void {
  const counter = job.events.length + 1;
  const stdout = host === '' ? `${event} ${task}\n` : `${event}: [${host}] => ${task}\n`;
  job.events.push({ counter, event, host_name: host, task, created: now(), stdout });
}

/** Ends a job. Host summaries are written from its last event, and only by a playbook that came to its end. */
export function endJob(job: AwxJob, status: string, hosts?: readonly AwxHost[]): void {
  if (hosts !== undefined) {
    tell(job, 'playbook_on_stats');
    const seen = hosts.filter((host) => host.script !== 'absent');
    job.summaries = seen.map((host) => summaryOf(host, job.events));
  }
  job.status = status;
  job.finished = now();
}

/** One task of one host. @returns whether the host goes on. */
function work(job: AwxJob, host: AwxHost, task: number): boolean {
  const name = job.template.tasks[task];
  if (name === undefined) return false;
  tell(job, 'runner_on_start', host.name, name);
  if (host.script === 'dark') tell(job, 'runner_on_unreachable', host.name, name);
  else if (task === 1 && (host.script === 'fail' || host.script === 'ignore'))
    tell(job, 'runner_on_failed', host.name, name);
  else tell(job, 'runner_on_ok', host.name, name);
  return host.script !== 'dark' && !(host.script === 'fail' && task === 1);
}

/** Takes a job one step further: to the next status, or through one task on all hosts that have one left. */
export function stepJob(job: AwxJob, hosts: readonly AwxHost[]): void {
  const { trouble } = job.template;
  if (job.status === 'pending') job.status = 'waiting';
  else if (job.status === 'waiting') {
    if (trouble === 'project') {
      job.explanation = 'Previous Task Failed: {"job_type": "project_update", "job_name": "site", "job_id": "1"}';
      endJob(job, 'failed');
      return;
    }
    job.status = 'running';
    job.started = now();
    tell(job, 'playbook_on_start');
    for (const { name, script } of hosts) if (script !== 'absent' && script !== 'idle') job.left.set(name, 0);
  } else if (job.status === 'running') {
    if (trouble === 'syntax') {
      job.events.length = 0;
      endJob(job, 'failed');
    } else if (job.left.size === 0) {
      const bad = job.events.some(({ event, host_name: name }) => {
        const ignores = hosts.some((host) => host.name === name && host.script === 'ignore');
        return event === 'runner_on_unreachable' || (event === 'runner_on_failed' && !ignores);
      });
      endJob(job, bad ? 'failed' : 'successful', hosts);
    } else {
      for (const host of hosts) {
        const task = job.left.get(host.name);
        if (task === undefined) continue;
        if (work(job, host, task) && task + 1 < job.template.tasks.length) job.left.set(host.name, task + 1);
        else job.left.delete(host.name);
      }
      if (trouble === 'lost') {
        job.explanation =
          'Task was marked as running but was not present in the job queue, so it has been marked as failed.';
        endJob(job, 'error');
      } else if (trouble === 'any-errors-fatal' && job.events.some(({ event }) => event === 'runner_on_failed'))
        job.left.clear();
    }
  }
}
