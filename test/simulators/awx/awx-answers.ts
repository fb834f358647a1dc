/** How AWX words its objects. */
import type { SimulatedAnswer } from '../http/http-simulator.js';
import { isActive } from './awx-engine.js';
import type { AwxJob, AwxTemplate } from './awx-job.js';

/** A page of a list (awx/api/templates/api/_list_common.md). */
export function listOf(all: readonly object[], query: URLSearchParams): object {
  const size = Number(query.get('page_size') ?? 25);
  const page = Number(query.get('page') ?? 1);
  const next = page * size < all.length ? `?page=${page + 1}&page_size=${size}` : null;
  return { count: all.length, next, previous: null, results: all.slice((page - 1) * size, page * size) };
}

/** The answer to GET on the launch endpoint (awx/api/templates/api/job_template_launch.md). */
export function launchData({ id, name, asks, ...more }: AwxTemplate): object {
  return {
    can_start_without_user_input: more.passwords.length === 0 && more.variables.length === 0,
    passwords_needed_to_start: more.passwords,
    variables_needed_to_start: more.variables,
    inventory_needed_to_start: more.inventory === null,
    credential_needed_to_start: false,
    survey_enabled: false,
    ask_limit_on_launch: asks.limit,
    ask_variables_on_launch: asks.variables,
    ask_labels_on_launch: asks.labels,
    ask_job_type_on_launch: asks.jobType,
    ask_forks_on_launch: asks.forks,
    ask_inventory_on_launch: false,
    ask_job_slice_count_on_launch: false,
    job_template_data: { id, name, description: '' },
    defaults: {
      limit: '',
      job_type: more.jobType,
      job_slice_count: more.jobSliceCount,
      inventory: more.inventory === null ? { id: null, name: null } : { id: more.inventory, name: 'Site' },
    },
  };
}

/** A job (JobSerializer of awx/api/serializers.py). `extra_vars` is text there. */
export function jobDetail(job: AwxJob, labels: readonly { id: number; name: string }[]): object {
  const named = labels.filter(({ id }) => job.labels.includes(id)).map(({ id, name }) => ({ id, name }));
  return {
    id: job.id,
    type: 'job',
    url: `/api/v2/jobs/${job.id}/`,
    name: job.template.name,
    job_template: job.template.id,
    inventory: job.template.inventory,
    job_type: job.jobType,
    limit: job.limit,
    extra_vars: JSON.stringify(job.extraVars),
    status: job.status,
    failed: ['failed', 'error', 'canceled'].includes(job.status),
    created: job.created,
    started: job.started,
    finished: job.finished,
    job_explanation: job.explanation,
    result_traceback: '',
    event_processing_finished: !isActive(job) && job.late === 0,
    summary_fields: { labels: { count: named.length, results: named } },
  };
}

/** The output, line by line (awx/api/templates/api/unified_job_stdout.md). */
export function stdoutOf(job: AwxJob, query: URLSearchParams): SimulatedAnswer {
  const lines = job.events.flatMap(({ stdout }) => stdout.split(/(?<=\n)/));
  const start = Number(query.get('start_line') ?? 0);
  const end = Math.min(Number(query.get('end_line') ?? lines.length), lines.length);
  const content = lines.slice(start, end).join('');
  if (query.get('format') !== 'json') return { text: content, headers: { 'content-type': 'text/plain' } };
  return { json: { range: { start, end, absolute_end: lines.length }, content } };
}
