// Tells what was done to configuration items, from either end, as lines of text.
//
//   TOKEN=ilk_… [URL=http://127.0.0.1:4000] node examples/trace/trace.mjs item payroll-db
//   … change CHG-1042
//   … release REL-1042
//   … person anna@example.com [REQUESTER|APPROVER|IMPLEMENTER|LIBRARIAN]
//   … digest 9f86d081…
//   … window 2026-11-24T00:00:00Z 2026-11-25T00:00:00Z

const { TOKEN, URL: url = 'http://127.0.0.1:4000' } = process.env;
const [end, first, second] = process.argv.slice(2);
if (TOKEN === undefined || first === undefined) {
  console.error('Usage: TOKEN=ilk_… node examples/trace/trace.mjs item|change|release|person|digest|window VALUE');
  process.exit(2);
}

async function ask(query, variables) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors.map(({ message }) => message).join(' '));
  return data;
}

/** The id of an object by what people call it. */
async function idOf(type, list, field) {
  const query = `query($filter: ${type}Filter) { ${list}(first: 1, filter: $filter) { nodes { id } } }`;
  const [node] = (await ask(query, { filter: { [field]: { eq: first } } }))[list].nodes;
  if (node === undefined) throw new Error(`There is no ${type} with ${field} "${first}".`);
  return node.id;
}

const FILTERS = {
  item: async () => ({ ci: { eq: await idOf('ConfigurationItem', 'configurationItems', 'name') } }),
  change: async () => ({ change: { eq: await idOf('Change', 'changes', 'number') } }),
  release: async () => ({ release: { eq: await idOf('Release', 'releases', 'number') } }),
  person: async () => ({
    person: { id: await idOf('Person', 'people', 'email'), ...(second && { roles: [second] }) },
  }),
  digest: async () => ({ digest: first }),
  window: async () => ({ at: { gte: first, lt: second } }),
};

const TOUCHES = `query($filter: CiTouchFilter, $after: String) {
  ciTouches(filter: $filter, first: 100, after: $after) {
    pageInfo { endCursor hasNextPage }
    nodes {
      at kind state fields
      ci { number name ciClass }
      actor { name }
      changes(first: 3) { nodes { number authorisedBy { name } } }
      release { number acceptedBy { name } }
      distribution { number deploymentTool { name } }
      targetExecution {
        installations(first: 5) { nodes { digest dmlItemVersion { label item { name } } } }
      }
    }
  }
}`;

const by = (person) => (person ? ` (${person.name})` : '');

function line({ at, kind, state, fields, ci, actor, changes, release, distribution, targetExecution }) {
  const installed = (targetExecution?.installations.nodes ?? []).map(
    ({ digest, dmlItemVersion: { label, item } }) => `${item.name} ${label} sha256:${digest ?? '-'}`,
  );
  return [
    `${at} ${kind} ${ci.number} ${ci.name} ${ci.ciClass}`,
    state && kind === 'ATTEMPTED' ? state : undefined,
    fields.length > 0 ? `fields ${fields.join(', ')}` : undefined,
    actor ? `by ${actor.name}` : undefined,
    ...installed,
    distribution && `${distribution.number} by ${distribution.deploymentTool.name}`,
    release && `${release.number}${by(release.acceptedBy)}`,
    ...changes.nodes.map(({ number, authorisedBy }) => `${number}${by(authorisedBy)}`),
  ]
    .filter(Boolean)
    .join('; ');
}

try {
  const filter = await FILTERS[end]?.();
  if (filter === undefined) throw new Error(`"${end}" is no end of a trace.`);
  for (let after = null, more = true; more;) {
    const { ciTouches } = await ask(TOUCHES, { filter, after });
    for (const touch of ciTouches.nodes) console.log(line(touch));
    ({ endCursor: after, hasNextPage: more } = ciTouches.pageInfo);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
