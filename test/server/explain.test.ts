import { describe, expect, test } from '@jest/globals';
import { schema } from '../../src/app.js';
import { explanationText } from '../../src/cli/explain.command.js';
import { formatSql } from '../../src/database/format-sql.js';
import type { Role } from '../../src/domain/roles.js';
import { explain } from '../../src/server/graphql/explain.js';

const RELEASE = 'rel_01h455vb4pex5vsknk084sn02q';

const explained = async (
  source: string,
  options: { variables?: Record<string, unknown>; operationName?: string; roles?: Role[] } = {},
) => explanationText(await explain({ schema: schema(), source, roles: ['AUDITOR'], ...options }));

describe('interlock explain', () => {
  test('prints the statement by clause, and its parameters', async () => {
    const source = 'query($id: ID!) { node(id: $id) { ... on Release { name owner { name } } } }';
    expect(await explained(source, { variables: { id: RELEASE } })).toBe(
      `select case when octet_length(q.data) <= 16777216 then q.data end as data
from (
  select '{"node":' || coalesce((
    select '{"name":' || to_json("t"."name")::text
      || ',"owner":' || coalesce((
        select '{"name":' || to_json("t"."name")::text
          || '}'
        from (select "t"."owner_id" as id) p
        join person t on t.id = p.id
      ), E'\\x05')
      || '}'
    from (select $1::uuid as id) p
    join release t on t.id = p.id
  ), 'null')
    || '}' as data offset 0
) q;
-- $1 = "01890a5d-ac96-774b-bcce-b302099a8057"
-- cost 2; a server accepts up to INTERLOCK_MAX_COST
`,
    );
  });

  test.each([
    ['{ releases { nodes { name availableCommands { command } } } }', 'Release.availableCommands'],
    [
      '{ waivers: releases { nodes { waivers { nodes { subject { id } } } } } }',
      'Waiver.subject looks into the value of subjectType.',
    ],
    ['{ viewer { roles } }', 'Query.viewer computes its result.'],
    ['{ deploymentTools { nodes { targetSchema } } }', 'DeploymentTool.targetSchema looks into the services'],
    ['{ __schema { queryType { name } } }', 'Query.__schema belongs to introspection.'],
    ['mutation($i: TeamCreateInput!) { teamCreate(input: $i) { team { id } } }', 'It is a mutation, not a query.'],
  ])('says which field of %s prevents one statement', async (source, reason) => {
    const variables = source.startsWith('mutation') ? { i: { name: 'x', idempotencyKey: '1' } } : {};
    const text = await explained(source, { variables });
    expect(text).toContain(`This operation cannot be one SQL statement: ${reason}`);
    expect(text).toContain('row by row with graphql-js');
  });

  test('plans for the roles that are given', async () => {
    const source = '{ accessTokens { nodes { name } } }';
    expect(await explained(source)).toContain('from access_token t');
    await expect(explained(source, { roles: ['REQUESTER'] })).rejects.toThrow('ADMINISTRATOR, AUDITOR');
  });

  test('explains one operation of a document', async () => {
    const source = 'query A { releases { totalCount } } query B { changes { totalCount } }';
    expect(await explained(source, { operationName: 'B' })).toContain('from change t');
    await expect(explained(source)).rejects.toThrow('--operation');
    await expect(explained(source, { operationName: 'C' })).rejects.toThrow('no operation "C"');
  });

  test.each([
    ['{', 'Syntax Error'],
    ['{ relaeses { totalCount } }', 'Cannot query field "relaeses"'],
    ['query($id: ID!) { node(id: $id) { id } }', 'Variable "$id" of required type "ID!" was not provided'],
    ['{ releases(after: "xx") { totalCount } }', 'cursor'],
  ])('refuses the invalid operation %s', async (source, message) => {
    await expect(explained(source)).rejects.toThrow(message);
  });
});

describe('formatting SQL', () => {
  test('keeps constants and names as they are', () => {
    const text = `select 'a  (''from'' select' as "x from (y", 'long enough a constant for a line' from t`;
    expect(formatSql(text)).toBe(
      `select 'a  (''from'' select' as "x from (y",\n  'long enough a constant for a line'\nfrom t`,
    );
  });

  test('shows control characters, and escapes backslashes beside them', () => {
    expect(formatSql(`select '\u0001\\n', 'a\\b'`)).toBe(`select E'\\x01\\\\n',\n  'a\\b'`);
  });

  test('keeps the two words of a join together', () => {
    expect(formatSql('select left(a, 1) from t left join u on true cross join v')).toBe(
      'select left(a, 1)\nfrom t\nleft join u on true\ncross join v',
    );
  });
});
