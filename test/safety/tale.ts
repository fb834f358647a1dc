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
  }[];
  readonly distributions: readonly {
    readonly id: string;
    readonly state: string;
    readonly operation: string;
    readonly from: number | null;
    readonly approvalRequired: boolean;
  }[];
  readonly changes: readonly string[];
}

const MS = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;

/** How a release stands. */
export async function standing(stage: Stage, releaseUuid: string): Promise<Standing> {
  const { rows } = await stage.app.readDatabase.pool.query(
    `select r.state, r.version, ${MS('r.planned_start')} as from, ${MS('r.planned_end')} as to,
      r.on_hold_reason is not null as "onHold", (select name from person where id = r.owner_id) as owner,
      array(select v.id from release_content x join dml_item_version v on v.id = x.dml_item_version_id
        where x.release_id = r.id and v.state <> 'AUTHORISED') as spoiled,
      (select count(*)::int from release_content where release_id = r.id) as contents,
      array(select distinct ci_id from release_ci where release_id = r.id and role = 'TARGET') as targets,
      array(select change_id from release_change where release_id = r.id and live) as changes,
      coalesce((select json_agg(json_build_object('id', p.id, 'releaseState', p.release_state) order by p.id)
        from phase p where p.release_id = r.id), '[]') as phases,
      coalesce((select json_agg(json_build_object('id', t.id, 'kind', t.kind, 'state', t.state,
          'assignee', (select name from person where id = t.assignee_id)) order by t.id)
        from task t where t.release_id = r.id), '[]') as tasks,
      coalesce((select json_agg(json_build_object('id', d.id, 'state', d.state, 'operation', d.operation,
          'from', ${MS('d.scheduled_start')}, 'approvalRequired', d.approval_required) order by d.id)
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
