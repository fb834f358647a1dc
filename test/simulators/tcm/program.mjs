// Any program of the simulated product: program.mjs ROOT NAME ARGUMENTS. The profile says which command it is; the
// wording says how it speaks. Without the environment script every command fails.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Product, Refused } from './product.mjs';

const [root, ...argv] = process.argv.slice(2);
const profile = JSON.parse(readFileSync(join(root, 'profile.json'), 'utf8'));
const wording = JSON.parse(readFileSync(join(root, 'wording.json'), 'utf8'));

/** The words of a wording with its values. */
const say = (text, values) => text.replace(/\{(\w+)\}/g, (_whole, name) => values[name] ?? '');

/** An error as the product prints it, with its canned text, and its exit code. */
function fail(text, code = 1) {
  process.stderr.write(`${text}\n\nSummary of possible error conditions:\n${wording.canned.join('\n')}\n`);
  process.exit(code);
}

/** The values of the placeholders, if these arguments are an instance of a command of the profile. */
function valuesOf(template, given) {
  const values = {};
  const rest = [...given];
  for (const [index, item] of template.entries()) {
    const [, list] = /^\{(targets|endpoints)\}$/.exec(item) ?? [];
    if (list !== undefined) {
      values[list] = rest.splice(0, rest.length - (template.length - index - 1));
      continue;
    }
    const names = [];
    const escaped = item.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
    const pattern = escaped.replace(/\{(\w+)\}/g, (_whole, name) => (names.push(name), '(.+)'));
    const found = new RegExp(`^${pattern}$`, 's').exec(rest.shift() ?? '\u0000');
    if (found === null) return undefined;
    for (const [n, name] of names.entries()) values[name] = found[n + 1];
  }
  return rest.length === 0 ? values : undefined;
}

/** Every command of the profile, by its place. */
function commandsOf(value, place = '') {
  if (typeof value !== 'object' || value === null) return [];
  const own = Array.isArray(value.argv) ? [[place, value.argv]] : [];
  return [
    ...own,
    ...Object.entries(value).flatMap(([name, part]) => commandsOf(part, place ? `${place}/${name}` : name)),
  ];
}

const bare = (name) => name.replace(/^@Endpoint:/, '');
const out = (lines) => process.stdout.write(lines.length === 0 ? '' : `${lines.join('\n')}\n`);

/** The blocks of a queue. The first two forms in each block are those of the real product. */
function queue(product, gateway) {
  return product
    .queueOf(gateway)
    .flatMap(({ id, label, targets }) => [
      '=== Distribution Information ===',
      say(wording.blockId, { id }),
      say(wording.blockLabel, { label }),
      ...targets.map(({ endpoint, state }) => `Target: ${endpoint}   State: ${state}`),
      '',
    ]);
}

const actions = {
  probe: (product) => out(product.gateways()),
  find: (product) => out(product.list().map((one) => say(wording.listed, one))),
  'progress/gateways': (product) => out(product.gateways()),
  'progress/queue': (product, { gateway }) => out(queue(product, gateway)),
  'progress/silentGateway/endpoints': (product, { gateway }) => out(product.endpointsOf(gateway)),
  'progress/list': (product, { runId }) =>
    out(product.statesOf(runId).map((target) => say(wording.listedTarget, target))),
  cancel: (product, { runId }) => product.change(runId, 'cancel'),
  cancelTargets: (product, { runId, endpoints = [], targets = [] }) =>
    product.change(runId, 'cancel', [...endpoints, ...targets].map(bare)),
  pause: (product, { runId }) => product.change(runId, 'pause'),
  resume: (product, { runId }) => product.change(runId, 'resume'),
  'plan/import': (product, { planFile }) => product.importPlan(readFileSync(planFile, 'utf8'), wording.plan),
};

async function order(product, operation, { package: name, label, targets = [], endpoints = [] }) {
  const { hold, mute } = product.control;
  await product.whileHeld(hold === 'before');
  const id = profile.plan
    ? product.startPlan(operation, label)
    : product.start({ operation, package: name, label, endpoints: [...targets, ...endpoints].map(bare) });
  await product.whileHeld(hold === 'after');
  out([mute ? wording.mute : say(wording.ordered, { id })]);
}

if (process.env.TCM_ENVIRONMENT !== 'sourced') fail(wording.noEnvironment, 9);
if (!existsSync(process.env.TCM_SIM_STATE)) fail(wording.noState, 9);
const product = new Product(process.env.TCM_SIM_STATE);
try {
  if (product.control.down) throw new Refused(wording.down);
  const matches = commandsOf(profile).flatMap(([place, [name, ...template]]) => {
    const values = name === argv[0] ? valuesOf(template, argv.slice(1)) : undefined;
    return values === undefined ? [] : [[place, values]];
  });
  if (matches.length === 0) throw new Refused(say(wording.usage, { name: argv[0] }));
  const [place, values] = matches[0];
  product.note(place);
  if (place.startsWith('operations/')) await order(product, place.split('/')[1], values);
  else actions[place](product, values);
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  fail(say(wording[error.message] ?? error.message, error.values), 1);
}
