import { Migration } from '@mikro-orm/migrations';

/**
 * A token knows the tokens that it goes back to, and an event the token behind it. For tokens that exist, the log knows
 * with which one each was created: as a public id, whose 26 letters of five bits are turned into a uuid here.
 */
export class Migration20261127004500_token_lineage extends Migration {
  override up(): void {
    this.addSql(`alter table "domain_event" add "token_id" uuid null;`);
    this.addSql(`alter table "access_token" add "lineage" uuid[] not null default '{}';`);
    this.addSql(`create index "access_token_lineage_index" on "access_token" using gin ("lineage");`);
    this.addSql(`with recursive named as (
        select e.aggregate_id as id, right(e.payload ->> 'issuedWith', 26) as letters
        from domain_event e where e.type = 'access-token.issued' and e.payload ? 'issuedWith'
      ), spelled as (
        select n.id, right(string_agg(
          (strpos('0123456789abcdefghjkmnpqrstvwxyz', substr(n.letters, i, 1)) - 1)::bit(5)::text, '' order by i), 128
        ) as bits
        from named n cross join generate_series(1, 26) i group by n.id
      ), issued as (
        select s.id, string_agg(to_hex(substr(s.bits, 4 * i + 1, 4)::bit(4)::int), '' order by i)::uuid as parent
        from spelled s cross join generate_series(0, 31) i group by s.id
      ), line as (
        select id, parent as ancestor, 1 as far from issued
        union all select l.id, i.parent, l.far + 1 from line l join issued i on i.id = l.ancestor
      )
      update access_token t set lineage = x.lineage
      from (select id, array_agg(ancestor order by far desc) as lineage from line group by id) x
      where x.id = t.id;`);
  }

  override down(): void {
    this.addSql(`drop index "access_token_lineage_index";`);
    this.addSql(`alter table "access_token" drop column "lineage";`);
    this.addSql(`alter table "domain_event" drop column "token_id";`);
  }
}
