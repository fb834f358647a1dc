import type { Module } from './modules.js';

// A field resolver that reads is planned from one run on symbols (docs/adr/0011-a-query-is-one-statement.md). The
// planner notices nearly every way to branch on the row by itself. It cannot notice a comparison of the key with a
// constant, so such a resolver may do nothing with its row but pass keys to the reads.

type Node = { readonly type: string; readonly value?: unknown } & Record<string, unknown>;

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

const PLANNED_READS = new Set(['byId', 'byIds', 'node', 'edge', 'page']);

const decoratorName = ({ expression }: { readonly expression: Node }): unknown =>
  (expression.type === 'CallExpression' ? (expression['callee'] as Node) : expression).value;

const isDecorated = (node: Node, name: string): boolean =>
  ((node['decorators'] ?? []) as { expression: Node }[]).some((decorator) => decoratorName(decorator) === name);

/** The names that a parameter declares: its own, or those that it is taken apart into. */
function namesOf(pattern: Node): string[] {
  if (pattern.type === 'Identifier') return [pattern.value as string];
  if (pattern.type === 'AssignmentPattern') return namesOf(pattern['left'] as Node);
  return ((pattern['properties'] ?? []) as Node[]).flatMap((property) =>
    property.type === 'KeyValuePatternProperty'
      ? namesOf(property['value'] as unknown as Node)
      : namesOf((property['key'] ?? property['argument']) as Node),
  );
}

const hasDefaults = (pattern: Node): boolean =>
  pattern.type === 'AssignmentPattern' ||
  ((pattern['properties'] ?? []) as Node[]).some(
    (property) =>
      (property.type === 'AssignmentPatternProperty' && property['value'] != null) ||
      property.type === 'RestElement' ||
      (isNode(property['value']) && hasDefaults(property['value'])),
  );

/** Visits every expression below a node; names of properties are no expressions. */
function visit(value: unknown, each: (node: Node) => boolean): void {
  if (Array.isArray(value)) return value.forEach((item) => visit(item, each));
  if (typeof value !== 'object' || value === null) return;
  if (isNode(value) && !each(value)) return;
  for (const [name, child] of Object.entries(value)) {
    const isName = ['property', 'key'].includes(name) && isNode(child) && child.type === 'Identifier';
    if (name !== 'span' && !isName) visit(child, each);
  }
}

const propertyName = (node: Node): unknown =>
  node.type === 'MemberExpression' ? (node['property'] as Node).value : undefined;

/** The reads `reads` in `reads.in(row)`: those of the moment that the whole row is from. */
function ofMoment(node: Node | undefined): Node | undefined {
  const callee = node?.type === 'CallExpression' ? (node['callee'] as Node) : undefined;
  const [given, ...more] = (callee ? node?.['arguments'] : []) as { expression: Node }[];
  const isRow = given?.expression.type === 'Identifier' && more.length === 0;
  return callee && isRow && propertyName(callee) === 'in' ? (callee['object'] as Node) : node;
}

/** The method of the reads that a call calls, e.g. `byId` of `reads.byId(…)`. */
function readCalled(node: Node): string | undefined {
  if (node.type !== 'CallExpression') return undefined;
  const callee = node['callee'] as Node;
  const reads = ofMoment(callee['object'] as Node | undefined);
  if (!reads || (reads.value !== 'reads' && propertyName(reads) !== 'reads')) return undefined;
  return propertyName(callee) as string | undefined;
}

/** Whether an expression is a key of the row: `release.ownerId`, or `ownerId` where the row is taken apart. */
const isKey = (node: Node, names: readonly string[], takenApart: boolean): boolean =>
  takenApart
    ? node.type === 'Identifier' && names.includes(node.value as string)
    : node.type === 'MemberExpression' &&
      (node['property'] as Node).type === 'Identifier' &&
      names.includes((node['object'] as Node).value as string);

/** Whether the reads are within reach of a method: by a parameter that is the context, or the reads of it. */
const reachesReads = (parameters: readonly Node[]): boolean =>
  parameters
    .filter((parameter) => isDecorated(parameter, 'Ctx'))
    .map((parameter) => parameter['pat'] as Node)
    .some((pattern) => pattern.type === 'Identifier' || namesOf(pattern).includes('reads'));

/** What a method does with its row besides passing keys to the reads. */
function problemsOf(method: Node): string[] {
  const { params, body } = method['function'] as unknown as { params: Node[]; body: Node };
  const root = params.find((parameter) => isDecorated(parameter, 'Root'));
  if (!root || !reachesReads(params)) return [];
  const pattern = root['pat'] as Node;
  const names = namesOf(pattern);
  let planned = false;
  let perRow = false;
  const uses: Node[] = [];
  const look = (node: Node): boolean => {
    const read = readCalled(node);
    if (read === 'batch' || propertyName(node) === 'perRow') perRow = true;
    if (read !== undefined && PLANNED_READS.has(read)) {
      planned = true;
      const given = (node['arguments'] as { expression: Node }[]).map(({ expression }) => expression);
      visit(
        given.filter((argument) => !isKey(argument, names, pattern.type === 'ObjectPattern')),
        look,
      );
      return false;
    }
    if (node.type === 'Identifier' && names.includes(node.value as string)) uses.push(node);
    return true;
  };
  visit(body, look);
  if (perRow && !planned) return [];
  const name = String((method['key'] as Node).value);
  return uses.length > 0 || hasDefaults(pattern) ? [`${name} does more with its row than pass a key to the reads`] : [];
}

/** Field resolvers that read and look at their row. */
export const branchingFieldResolvers = ({ nodes }: Pick<Module, 'nodes'>): string[] =>
  (nodes as readonly Node[])
    .filter((node) => node.type === 'ClassMethod' && isDecorated(node['function'] as Node, 'FieldResolver'))
    .flatMap(problemsOf);
