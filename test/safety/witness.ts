import type pg from 'pg';
import type { End, Scope, Start } from './log.js';

/** Tables of objects that people edit. */
export type Edited = 'change' | 'release' | 'task' | 'distribution' | 'dml_item_version' | 'release_template_version';

/**
 * Looks at the database from outside: plain SQL of the tests' own, none of the facts that the guards ask. Every
 * function is one statement.
 */
export class Witness {
  constructor(
    readonly pool: pg.Pool,
    readonly now: () => number,
  ) {}

  async #one<T>(text: string, ...values: unknown[]): Promise<T> {
    const { rows } = await this.pool.query<{ value: T }>(`select (${text}) as value`, values);
    return rows[0]?.value as T;
  }

  /** Owner, targets and media of a release as they are now. */
  async scope(releaseId: string): Promise<Scope> {
    return await this.#one<Scope>(`select ${SCOPE} from release r where r.id = $1`, releaseId);
  }

  /** The release that an object belongs to, and the kind of a task. */
  async belonging(table: 'task' | 'phase' | 'distribution' | 'waiver', id: string) {
    const kind = table === 'task' ? 't.kind' : 'null';
    return await this.#one<{ release: string; kind: string | null } | null>(
      `select json_build_object('release', t.release_id, 'kind', ${kind}) from ${table} t where t.id = $1`,
      id,
    );
  }

  /** Whether a person has added something to a release directly. */
  async added(personId: string, releaseId: string, command: string): Promise<boolean> {
    const rows = command === 'releaseAddCi' ? 'release_ci where via_change_id is null' : 'release_content where true';
    return await this.#one<boolean>(
      `exists (select from ${rows} and release_id = $1 and added_by_id = $2)`,
      releaseId,
      personId,
    );
  }

  /** Version of an object. */
  async version(table: Edited, id: string): Promise<number> {
    return await this.#one<number>(`select version from ${table} where id = $1`, id);
  }

  /** Who owns and who manages a release. */
  async runners(releaseId: string): Promise<string[]> {
    return await this.#one<string[]>('select array[owner_id, manager_id] from release where id = $1', releaseId);
  }

  /** Targets of a distribution. */
  async targets(distributionId: string): Promise<string[]> {
    return await this.#one<string[]>(
      'array(select ci_id from target_execution where distribution_id = $1)',
      distributionId,
    );
  }

  /** Who owns a release. */
  async owner(releaseId: string): Promise<string> {
    return await this.#one<string>('select owner_id from release where id = $1', releaseId);
  }

  /** The versions of a template that nobody has published. */
  async drafts(templateId: string): Promise<string[]> {
    return await this.#one<string[]>(
      `array(select id from release_template_version where template_id = $1 and state = 'DRAFT')`,
      templateId,
    );
  }

  /** Everything about a distribution that begins now. */
  async start(
    distributionId: string,
    seen: Pick<Start, 'how' | 'kind' | 'known' | 'operation' | 'received'> | Pick<Start, 'how' | 'kind' | 'known'>,
  ): Promise<Start> {
    const at = this.now();
    const picture = await this.#one<Omit<Start, 'at' | 'how' | 'kind' | 'known'>>(START, distributionId, new Date(at));
    return { ...picture, ...seen, at };
  }

  /** What the server claims about the ends of some releases, their changes and distributions. */
  async ends(releaseIds: readonly string[]): Promise<Omit<End, 'known'>[]> {
    const at = this.now();
    const found = await this.#one<Omit<End, 'at' | 'known'>[] | null>(ENDS, releaseIds);
    return (found ?? []).map((end) => ({ ...end, at }));
  }
}

const CI = (ci: string) =>
  `json_build_object('id', ${ci}.id, 'name', ${ci}.name, 'state', ${ci}.state, 'lifecycle', ${ci}.lifecycle_state,
    'criticality', ${ci}.criticality)`;
/** Whom a disturbance of an item reaches along a relation `k`. */
const NEXT = (from: string) =>
  `case when k.kind in ('DEPENDS_ON', 'RUNS_ON', 'HOSTED_BY', 'USES') then k.source_id
      when k.kind in ('MEMBER_OF', 'CONTAINS', 'PROTECTS') then k.target_id
      when k.source_id = ${from}.id then k.target_id else k.source_id end`;
const ALONG = (from: string) =>
  `((k.target_id = ${from}.id and k.kind in ('DEPENDS_ON', 'RUNS_ON', 'HOSTED_BY', 'USES', 'CONNECTED_TO'))
      or (k.source_id = ${from}.id and k.kind in ('MEMBER_OF', 'CONTAINS', 'PROTECTS', 'CONNECTED_TO')))`;

/** The highest criticality of what work on an item disturbs, itself included, as a number. */
const EFFECTIVE = (ci: string) =>
  `(with recursive impacted(id) as (
      select ${ci}.id
      union
      select ${NEXT('i')}
      from impacted i join configuration_item z on z.id = i.id and z.state <> 'RETIRED'
      join ci_relation k on ${ALONG('i')}
    )
    select max(array_position(array['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'], z.criticality))
    from impacted i join configuration_item z on z.id = i.id)`;
const MEDIUM = `json_build_object('id', v.id, 'state', v.state, 'digest', m.digest)`;

const JUDGED = (ci: string) => `${CI(ci)}::jsonb || jsonb_build_object('effective', ${EFFECTIVE(ci)})`;

const SCOPE_FIELDS = `
  'ownerId', r.owner_id,
  'targets', coalesce((select json_agg(${JUDGED('c')} order by c.id) from configuration_item c where c.id in (
    select ci_id from release_ci where release_id = r.id and role = 'TARGET')), '[]'),
  'media', coalesce((select json_agg(${MEDIUM} order by v.id) from release_content x
    join dml_item_version v on v.id = x.dml_item_version_id left join media_blob m on m.id = v.media_id
    where x.release_id = r.id), '[]')`;
const SCOPE = `json_build_object(${SCOPE_FIELDS})`;

const MS = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;
const END_OF = (d: string) =>
  `coalesce(${d}.scheduled_end, ${d}.scheduled_start + ${d}.deadline_minutes * interval '1 minute')`;
const AT_TOOL = `('STARTING', 'START_UNKNOWN', 'RUNNING', 'PAUSED', 'STOPPING', 'BACKING_OUT')`;
const OVER = `('UNKNOWN', 'EXPIRED', 'CANCELLED', 'SKIPPED', 'REJECTED', 'FAILED', 'SUCCEEDED', 'BACKED_OUT')`;
const NOT_OVER = `('SCHEDULED', 'COMMUNICATED', 'DISTRIBUTING', 'BACKING_OUT')`;

const START = `
  with recursive target as (
    select e.ci_id as id from target_execution e join distribution d on d.id = e.distribution_id
    where d.id = $1 and e.attempt = d.attempt -- a retry works on some of the targets only
  ), impacted(id) as (
    select id from target
    union
    select ${NEXT('i')}
    from impacted i join ci_relation k on ${ALONG('i')}
  ), root as (
    select x.ci_id as id from distribution d join release r on r.id = d.release_id
    join release_ci x on x.release_id = r.id and x.role = 'TARGET'
    where d.id = $1 and r.template_version_id is not null
  ), reach(root, id) as (
    select id, id from root
    union
    select i.root, ${NEXT('i')}
    from reach i join ci_relation k on ${ALONG('i')}
  ), other as (
    select 'booked' as what, s.release_id, null::uuid as distribution_id, r.number,
      array(select ci_id from release_ci
        where release_id = r.id and role = 'TARGET' and ci_id in (select id from target)) as ci_ids
    from schedule_entry s join release r on r.id = s.release_id
    where s.kind = 'RELEASE' and s.live and s.starts_at <= $2 and s.ends_at > $2 and r.state in ${NOT_OVER}
    union all
    select 'running', d.release_id, d.id, d.number,
      array(select ci_id from target_execution where distribution_id = d.id and ci_id in (select id from target))
    from distribution d where d.state in ${AT_TOOL}
  )
  select json_build_object(
    'operation', d.operation,
    'distribution', json_build_object('id', d.id, 'number', d.number, 'from', ${MS('d.scheduled_start')},
      'to', ${MS(END_OF('d'))}, 'approvalRequired', d.approval_required,
      'targets', coalesce((select json_agg(${CI('c')} order by c.id) from configuration_item c
        where c.id in (select id from target)), '[]'),
      'media', coalesce((select json_agg(${MEDIUM} order by v.id) from distribution_content x
        join dml_item_version v on v.id = x.dml_item_version_id left join media_blob m on m.id = v.media_id
        where x.distribution_id = d.id), '[]'),
      'digests', array(select x.digest from distribution_content x
        where x.distribution_id = d.id and x.digest is not null),
      'pinned', array(select n.dml_item_version_id || ' on ' || c.name from version_pin n
        join distribution_content x on x.distribution_id = d.id and x.dml_item_version_id = n.dml_item_version_id
        join configuration_item c on c.id = n.ci_id
        where n.lifted_at is null and n.ci_id in (select id from target) order by 1)),
    'release', json_build_object('id', r.id, 'number', r.number, 'state', r.state,
      'onHold', r.on_hold_reason is not null, 'from', ${MS('r.planned_start')}, 'to', ${MS('r.planned_end')},
      'acceptanceSkipped', 'ACCEPTED' = any(r.skipped_states), ${SCOPE_FIELDS}),
    'impacted', coalesce((select json_agg(json_build_object('id', c.id, 'criticality', c.criticality))
      from configuration_item c where c.state <> 'RETIRED' and c.id in (select id from impacted)), '[]'),
    'changes', coalesce((select json_agg(json_build_object('id', c.id, 'state', c.state, 'targetIds',
        array(select ci_id from change_ci where change_id = c.id and role = 'TARGET')))
      from release_change x join change c on c.id = x.change_id where x.release_id = r.id and x.live), '[]'),
    'others', coalesce((select json_agg(json_build_object('what', o.what, 'releaseId', o.release_id,
        'distributionId', o.distribution_id, 'number', o.number, 'ciIds', o.ci_ids))
      from other o where o.release_id <> r.id and o.ci_ids <> '{}'), '[]'),
    'beside', coalesce((select json_agg(o.number order by o.number) from distribution o
      where o.release_id = r.id and o.id <> d.id and o.state in ${AT_TOOL}
        and exists (select from distribution_content x join distribution_content y using (dml_item_version_id)
          where x.distribution_id = o.id and y.distribution_id = d.id)
        and exists (select from target_execution x where x.distribution_id = o.id and x.attempt = o.attempt
          and x.ci_id in (select id from target)
          and x.state not in ${OVER})), '[]'),
    'waved', exists (select from distribution_wave w where w.distribution_id = d.id),
    'policy', d.outcome_policy, 'byServer', d.retries_done > 0 and d.retry_at is null,
    'grouped', coalesce(jsonb_array_length(d.target_choice -> 'groupIds') > 0, false),
    'linked', exists (select from task t where t.distribution_id = d.id),
    'tasksBefore', array(select b.name from task t join task_dependency x on x.task_id = t.id
      join task b on b.id = x.predecessor_id
      where t.distribution_id = d.id and b.state not in ('COMPLETED', 'SKIPPED', 'CANCELLED') order by 1),
    'crowds', coalesce((select json_agg(json_build_object('name', l.name, 'limit', l.most, 'atWork', (
        select count(*)::int from distribution o
        join target_execution e on e.distribution_id = o.id and e.attempt = o.attempt and e.attempt > 0
        where o.state in ${AT_TOOL} and e.state not in ${OVER}
          and case when l.tool then o.deployment_tool_id = l.id
            else exists (select from target_group_ci g where g.target_group_id = l.id and g.ci_id = e.ci_id) end)))
      from (
        select k.id, k.name, k.max_targets_at_once as most, true as tool from deployment_tool k
        where k.id = d.deployment_tool_id and k.max_targets_at_once is not null
        union all
        select g.id, g.name, g.max_targets_at_once, false from target_group g
        where g.max_targets_at_once is not null and g.state = 'ACTIVE' and exists (
          select from target_group_ci m where m.target_group_id = g.id and m.ci_id in (select id from target))
      ) l), '[]'),
    'windows', coalesce((select json_agg(json_build_object('id', w.id, 'name', w.name, 'kind', w.kind,
        'from', ${MS('w.starts_at')}, 'to', ${MS('w.ends_at')}, 'rrule', w.rrule,
        'ciIds', array(select ci_id from schedule_window_ci where window_id = w.id))) from schedule_window w
      where w.active and (
        exists (select 1 from schedule_window_ci x where x.window_id = w.id and x.ci_id in (select id from impacted))
        or (w.ci_classes = '{}' and not exists (select 1 from schedule_window_ci x where x.window_id = w.id)))), '[]'),
    'template', (select json_build_object('kind', r.kind, 'skipRules', v.plan -> 'skipRules',
        'steps', (select coalesce(json_agg(distinct p ->> 'releaseState'), '[]') from jsonb_array_elements(
          v.plan -> 'phases') p where jsonb_array_length(p -> 'tasks') > 0),
        'skipped', r.skipped_states,
        'tasks', coalesce((select json_agg(json_build_object('step', p.release_state, 'state', t.state))
          from task t join phase p on p.id = t.phase_id where t.release_id = r.id), '[]'),
        'targets', coalesce((select json_agg(json_build_object('ciClass', c.ci_class, 'criticalities',
            array(select distinct i.criticality from reach e join configuration_item i on i.id = e.id
              where e.root = c.id and i.state <> 'RETIRED')))
          from configuration_item c where c.id in (select id from root)), '[]'))
      from release_template_version v where v.id = r.template_version_id),
    'waivers', coalesce((select json_agg(json_build_object('id', w.id, 'releaseId', w.release_id, 'code', w.code,
        'subjectId', w.subject_id)) from waiver w
      where w.expires_at > $2 and w.revoked_at is null
        and w.release_id in (select r.id union select release_id from other)), '[]'))
  from distribution d join release r on r.id = d.release_id where d.id = $1`;

const TARGETS = (where: string) => `coalesce((select json_agg(distinct ci_id) from ${where}), '[]')`;
const DIGESTS = `coalesce((select json_agg(distinct coalesce(x.baseline_digest, m.digest)) from release_content x
  join dml_item_version v on v.id = x.dml_item_version_id join media_blob m on m.id = v.media_id
  where x.release_id = r.id), '[]')`;

const ENDS = `
  select json_agg(json_build_object('noun', e.noun, 'id', e.id, 'number', e.number, 'claim', e.claim,
    'release', e.release, 'targets', e.targets, 'digests', e.digests,
     'residual', case when e.kept then e.targets else '[]' end))
  from (
    select 'release' as noun, r.id, r.number, r.state as claim, r.id as release,
      ${TARGETS(`release_ci where release_id = r.id and role = 'TARGET'`)} as targets, ${DIGESTS} as digests,
      r.residual_reason is not null as kept
    from release r
    where r.id = any($1) and r.state in ('DEPLOYED', 'PARTIALLY_DEPLOYED', 'FAILED', 'BACKED_OUT')
    union all
    select 'change', c.id, c.number, c.outcome, r.id,
      ${TARGETS(`change_ci where change_id = c.id and role = 'TARGET'`)}, ${DIGESTS},
      r.residual_reason is not null
    from release r join release_change x on x.release_id = r.id and x.live join change c on c.id = x.change_id
    where r.id = any($1) and c.outcome is not null
      and r.state not in ('DISTRIBUTING', 'BACKING_OUT')
    union all
    select 'distribution', d.id, d.number, d.state, r.id,
      ${TARGETS(`target_execution where distribution_id = d.id`)},
      coalesce((select json_agg(distinct x.digest) from distribution_content x
        where x.distribution_id = d.id and x.digest is not null), '[]'), r.residual_reason is not null
    from release r join distribution d on d.release_id = r.id
    where r.id = any($1) and d.state in ('SUCCEEDED', 'PARTIALLY_SUCCEEDED', 'FAILED', 'BACKED_OUT')
  ) e`;
