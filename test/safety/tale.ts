import type { Name } from './people.js';
import type { Stage } from './stage.js';
import type { CiName, World } from './world.js';

/** A change that a release is to implement. */
export interface TaleChange {
  readonly targets: readonly CiName[];
  readonly requester: Name;
  id?: string;
}

/** One release on its way through its life, with the people who look after it. */
export interface Tale {
  readonly world: World;
  readonly manager: Name;
  readonly owner: Name;
  readonly operator: Name;
  readonly tester: Name;
  readonly changes: readonly TaleChange[];
  /** Targets without a change. */
  readonly direct: readonly CiName[];
  readonly content: readonly string[];
  /** Whether the plan has a test. */
  readonly tested: boolean;
  /** Whether people do the work on its targets instead of a tool. */
  readonly byHand: boolean;
  /** Whether its plan has a task that goes with its distribution, and a check before that. */
  readonly linked?: boolean;
  /** Whether its targets are chosen as a group. */
  readonly grouped?: boolean;
  /** Node id of that group, once it exists. */
  groupId?: string;
  /** Kind of a release that is made from the template of the world; undefined for one without a template. */
  readonly template?: 'PATCH' | 'MINOR';
  /** Node id, once it exists. */
  id?: string;
  /** With what the last step was refused. */
  codes?: readonly string[];
}

/** How a release stands, from the database. Ids are node ids. */
export interface Standing {
  readonly state: string;
  readonly version: number;
  /** Who owns it now. */
  readonly owner: Name;
  readonly from: number | null;
  readonly to: number | null;
  readonly onHold: boolean;
  /** Contents that cannot be distributed any more. */
  readonly spoiled: readonly string[];
  readonly contents: number;
  readonly targets: readonly string[];
  readonly phases: readonly { readonly id: string; readonly releaseState: string }[];
  readonly tasks: readonly {
    readonly id: string;
    readonly kind: string;
    readonly state: string;
    readonly assignee: Name | null;
    /** State that its phase is for. */
    readonly step: string;
    readonly role: string | null;
    readonly version: number;
    /** The distribution that it goes with, by database id. */
    readonly distribution: string | null;
  }[];
  readonly distributions: readonly {
    readonly id: string;
    readonly state: string;
    readonly operation: string;
    readonly from: number | null;
    readonly approvalRequired: boolean;
    readonly version: number;
    readonly targets: number;
    readonly waves: number;
    /** The decision that it waits for, and what failed in the wave that tripped; by database id. */
    readonly decision: string | null;
    readonly failed: readonly string[];
    /** Targets that people have to report, by database id; late ones after the deadline. */
    readonly toReport: readonly string[];
    readonly late: readonly string[];
    /** Successes that nobody has verified, by database id. */
    readonly held: readonly string[];
  }[];
  readonly skipped: readonly string[];
  readonly changes: readonly string[];
}

const MS = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;

const EXECUTIONS = (states: string) =>
  `array(select e.id from target_execution e join deployment_tool w on w.id = d.deployment_tool_id
    where e.distribution_id = d.id and e.attempt = d.attempt and e.attempt > 0 and w.name = 'hands'
      and e.state in ${states} and d.state not in ('PLANNED', 'STARTING'))`;

/** How a release stands. */
export async function standing(stage: Stage, releaseUuid: string): Promise<Standing> {
  const { rows } = await stage.app.readDatabase.pool.query(
    `select r.state, r.version, ${MS('r.planned_start')} as from, ${MS('r.planned_end')} as to,
      r.on_hold_reason is not null as "onHold", r.skipped_states as skipped,
      (select name from person where id = r.owner_id) as owner,
      array(select v.id from release_content x join dml_item_version v on v.id = x.dml_item_version_id
        where x.release_id = r.id and v.state <> 'AUTHORISED') as spoiled,
      (select count(*)::int from release_content where release_id = r.id) as contents,
      array(select distinct ci_id from release_ci where release_id = r.id and role = 'TARGET') as targets,
      array(select change_id from release_change where release_id = r.id and live) as changes,
      coalesce((select json_agg(json_build_object('id', p.id, 'releaseState', p.release_state) order by p.id)
        from phase p where p.release_id = r.id), '[]') as phases,
      coalesce((select json_agg(json_build_object('id', t.id, 'kind', t.kind, 'state', t.state,
          'step', p.release_state, 'role', t.assignee_role, 'version', t.version,
          'distribution', t.distribution_id,
          'assignee', (select name from person where id = t.assignee_id)) order by t.id)
        from task t join phase p on p.id = t.phase_id where t.release_id = r.id), '[]') as tasks,
      coalesce((select json_agg(json_build_object('id', d.id, 'state', d.state, 'operation', d.operation,
          'from', ${MS('d.scheduled_start')}, 'approvalRequired', d.approval_required,
          'version', d.version,
          'targets', (select count(*)::int from target_execution e where e.distribution_id = d.id),
          'waves', (select count(*)::int from distribution_wave w where w.distribution_id = d.id),
          'decision', (select p.id from decision_point p where p.distribution_id = d.id and p.state = 'OPEN'),
          'failed', array(select e.ci_id from target_execution e join distribution_wave w on w.id = e.wave_id
            where e.distribution_id = d.id and w.state = 'TRIPPED'
              and e.state in ('FAILED', 'UNKNOWN', 'EXPIRED', 'REJECTED')),
          'toReport', ${EXECUTIONS(`('PENDING', 'SENT', 'CANCEL_REQUESTED')`)},
          'held', array(select e.id from target_execution e
            where e.distribution_id = d.id and e.reason_code = 'ASSURANCE_REQUIRED'),
          'late', ${EXECUTIONS(`('UNKNOWN', 'EXPIRED')`)}) order by d.id)
        from distribution d where d.release_id = r.id), '[]') as distributions
    from release r where r.id = $1`,
    [releaseUuid],
  );
  return rows[0] as Standing;
}

/** State of a change, and whether it has a request that waits. */
export async function changeStanding(stage: Stage, changeUuid: string) {
  const { rows } = await stage.app.readDatabase.pool.query<{ state: string; type: string; request: string | null }>(
    `select c.state, c.type,
      (select q.id from change_release_request q where q.change_id = c.id and q.state = 'SUBMITTED') as request
    from change c where c.id = $1`,
    [changeUuid],
  );
  return rows[0] as { state: string; type: string; request: string | null };
}
