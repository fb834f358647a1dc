import { Migration } from '@mikro-orm/migrations';

/**
 * Keeps what an acceptance and an approval stood on, instead of a digest of a part of it. An acceptance that held keeps
 * holding: what is there now is what was accepted. One that had lapsed gets an empty basis, from which everything differs.
 */
export class Migration20261126164400_approval_basis extends Migration {
  override name = 'Migration20261126164400_approval_basis';

  override up(): void | Promise<void> {
    this.addSql(`alter table "release" add "accepted_basis" jsonb null;`);
    this.addSql(`alter table "distribution" add "approved_basis" jsonb null;`);
    this.addSql(`
      update release r set accepted_basis = case when r.accepted_fingerprint = encode(sha256(convert_to(json_build_array(
          r.back_out_plan,
          array(select x.change_id from release_change x join change c on c.id = x.change_id where x.release_id = r.id
            and x.live and c.state <> 'CANCELLED' order by 1),
          array(select distinct x.role || ' ' || x.ci_id from release_ci x where x.release_id = r.id order by 1),
          array(select x.dml_item_version_id from release_content x where x.release_id = r.id order by 1),
          array(select x.id from task x where x.release_id = r.id and x.mandatory
            and x.state not in ('SKIPPED', 'CANCELLED') order by 1)
        )::text, 'UTF8')), 'hex') then (
          select jsonb_agg(jsonb_build_object('kind', e.kind, 'id', e.id, 'name', e.name, 'judged', e.judged)
            order by e.kind, e.id)
          from (
            select 'OWNER', p.id::text, p.name, null::jsonb from person p where p.id = r.owner_id
            union all
            select 'BACK_OUT_PLAN', md5(r.back_out_plan), '', null
            union all
            select 'CHANGE', c.id::text, c.number, null
            from release_change x join change c on c.id = x.change_id
            where x.release_id = r.id and x.live and c.state <> 'CANCELLED'
            union all
            select distinct x.role, c.id::text, c.name, case when x.role = 'TARGET' then
              jsonb_build_object('criticality', c.criticality, 'lifecycleState', c.lifecycle_state) end
            from release_ci x join configuration_item c on c.id = x.ci_id where x.release_id = r.id
            union all
            select 'CONTENT', v.id::text, i.name || ' ' || v.label, null
            from release_content x join dml_item_version v on v.id = x.dml_item_version_id
              join dml_item i on i.id = v.item_id
            where x.release_id = r.id
            union all
            select 'TASK', x.id::text, x.name, null
            from task x where x.release_id = r.id and x.mandatory and x.state not in ('SKIPPED', 'CANCELLED')
          ) e(kind, id, name, judged)) else '[]' end
      where r.accepted_fingerprint is not null;`);
    this.addSql(`
      update distribution d set approved_basis = (
        select jsonb_agg(jsonb_build_object('kind', e.kind, 'id', e.id, 'name', e.name, 'judged', e.judged)
          order by e.kind, e.id)
        from (
          select 'OWNER', p.id::text, p.name, null::jsonb
          from release r join person p on p.id = r.owner_id where r.id = d.release_id
          union all
          select 'TARGET', c.id::text, c.name, jsonb_build_object('criticality', c.criticality,
            'lifecycleState', c.lifecycle_state, 'binding', md5(coalesce(c.bindings -> k.name, '{}')::text))
          from deployment_tool k, target_execution x join configuration_item c on c.id = x.ci_id
          where k.id = d.deployment_tool_id and x.distribution_id = d.id
        ) e(kind, id, name, judged))
      where d.state not in ('PLANNED', 'AWAITING_APPROVAL', 'MISSED');`);
    this.addSql(`alter table "release" drop column "accepted_fingerprint";`);
  }
}
