// The simulated product: distributions, endpoints behind gateways, plans and the log of the packages, in one directory.
// A distribution is a file; its course follows from the names of its endpoints, the time, and what was asked of it.
// `control.json` in the directory steers it: paceMs (length of a step), now (the time, in ms), down, refuse, hold
// ('before' or 'after' the order takes effect, until the file `go` is there), mute (no id in the answer),
// silentGateways.
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** What the product refuses; the message is a key of the wording, or a text. */
export class Refused extends Error {
  constructor(message, values = {}) {
    super(message);
    this.values = values;
  }
}

const GATEWAYS = ['gw-north', 'gw-south'];
const DEFAULT_PACE_MS = 5;

/** The transport states of an endpoint by the beginning of its name: from which step on it has each of them. */
const COURSES = {
  slow: [
    [0, 'WAITING'],
    [1, 'SENDING'],
    [2, 'RECEIVING'],
    [200, 'SUCCESSFUL'],
  ],
  fail: [
    [0, 'WAITING'],
    [1, 'SENDING'],
    [3, 'FAILED'],
  ],
  retry: [
    [0, 'WAITING'],
    [1, 'SENDING'],
    [2, 'INTERRUPTED'],
    [4, 'UNAVAILABLE'],
    [6, 'SENDING'],
    [8, 'SUCCESSFUL'],
  ],
  cutoff: [
    [0, 'WAITING'],
    [1, 'UNAVAILABLE'],
    [6, 'EXPIRED'],
  ],
  reject: [
    [0, 'WAITING'],
    [2, 'REJECTED'],
  ],
  odd: [
    [0, 'WAITING'],
    [2, 'WIBBLE'],
  ],
  plain: [
    [0, 'WAITING'],
    [1, 'SENDING'],
    [2, 'RECEIVING'],
    [4, 'SUCCESSFUL'],
  ],
};
const ENDS = new Set(['SUCCESSFUL', 'FAILED', 'REJECTED', 'CANCELED', 'EXPIRED']);

const kindOf = (endpoint) => /^[a-z]+(?=-)/.exec(endpoint)?.[0] ?? '';
const gatewayOf = (endpoint) => GATEWAYS[[...endpoint].reduce((sum, c) => sum + c.charCodeAt(0), 0) % GATEWAYS.length];

export class Product {
  constructor(directory) {
    this.directory = directory;
    for (const name of ['distributions', 'ids', 'plans', 'endpoints']) mkdirSync(this.path(name), { recursive: true });
    this.control = existsSync(this.path('control.json')) ? this.read('control.json') : {};
    this.settle();
  }

  path(...names) {
    return join(this.directory, ...names);
  }

  read(...names) {
    return JSON.parse(readFileSync(this.path(...names), 'utf8'));
  }

  write(value, ...names) {
    const part = this.path(`.part-${process.pid}`);
    writeFileSync(part, JSON.stringify(value));
    renameSync(part, this.path(...names));
  }

  now() {
    return this.control.now ?? Date.now();
  }

  /** Counts every command, for tests that look at how often the product is asked. */
  note(place) {
    appendFileSync(this.path('commands.log'), `${place}\n`);
  }

  async whileHeld(held) {
    if (!held) return;
    writeFileSync(this.path('held'), '');
    while (!existsSync(this.path('go'))) await pause(20);
  }

  gateways() {
    return GATEWAYS;
  }

  distributions() {
    return readdirSync(this.path('distributions'))
      .filter((name) => name.endsWith('.json'))
      .map((name) => this.read('distributions', name));
  }

  one(id) {
    if (!existsSync(this.path('distributions', `${id}.json`))) throw new Refused('noSuchRun', { id });
    return this.read('distributions', `${id}.json`);
  }

  /** The state of one endpoint at a time, with pauses and cancels taken into account. */
  stateOf({ orderedAt, changes }, endpoint, now = this.now()) {
    const paceMs = this.control.paceMs ?? DEFAULT_PACE_MS;
    const course = COURSES[kindOf(endpoint)] ?? COURSES.plain;
    let from = orderedAt;
    let worked = 0;
    let paused = false;
    const at = (ms) => course.findLast(([step]) => step * paceMs <= ms)[1];
    for (const change of [...changes, { what: 'now', at: now }]) {
      if (!paused) worked += change.at - from;
      from = change.at;
      if (change.endpoints !== undefined && !change.endpoints.includes(endpoint)) continue;
      if (change.what === 'cancel' && !ENDS.has(at(worked))) return 'CANCELED';
      if (change.what === 'pause') paused = true;
      if (change.what === 'resume') paused = false;
    }
    const state = at(worked);
    return paused && !ENDS.has(state) ? 'PAUSED' : state;
  }

  list() {
    return this.distributions().map(({ id, label }) => ({ id, label }));
  }

  statesOf(id) {
    const run = this.one(id);
    return run.endpoints
      .filter((endpoint) => kindOf(endpoint) !== 'lost')
      .map((endpoint) => ({ endpoint, state: this.stateOf(run, endpoint), time: stamp(this.now()) }));
  }

  endpointsOf(gateway) {
    const all = this.distributions().flatMap(({ endpoints }) => endpoints);
    return [...new Set(all)].filter((endpoint) => gatewayOf(endpoint) === gateway);
  }

  /** The queue of a gateway: what it carries, and what an endpoint that moved away has left behind. */
  queueOf(gateway) {
    if (!GATEWAYS.includes(gateway)) throw new Refused('noSuchGateway', { gateway });
    if (this.control.silentGateways?.includes(gateway)) throw new Refused('silentGateway', { gateway });
    return this.distributions().map((run) => {
      const targets = this.statesOf(run.id).flatMap(({ endpoint, state }) => {
        if (gatewayOf(endpoint) === gateway) return [{ endpoint, state }];
        return kindOf(endpoint) === 'moved'
          ? [
              { endpoint, state: 'WAITING' },
              { endpoint, state: 'WAITING' },
            ]
          : [];
      });
      return { id: run.id, label: run.label, targets };
    });
  }

  start({ operation, package: name, label, endpoints }) {
    if (this.control.refuse) throw new Refused(this.control.refuse);
    const absent = endpoints.find((endpoint) => kindOf(endpoint) === 'absent');
    if (absent !== undefined) throw new Refused('noSuchEndpoint', { endpoint: absent });
    for (let number = 1; ; number += 1) {
      const id = `${1_000_000_000 + number}.1`;
      try {
        closeSync(openSync(this.path('ids', id), 'wx'));
      } catch (error) {
        if (error.code === 'EEXIST') continue;
        throw error;
      }
      const run = { id, operation, package: name, label, endpoints, orderedAt: this.now(), changes: [], logged: [] };
      this.write(run, 'distributions', `${id}.json`);
      return id;
    }
  }

  change(id, what, endpoints) {
    this.locked(() => {
      const run = this.one(id);
      run.changes.push({ what, at: this.now(), ...(endpoints && { endpoints }) });
      this.write(run, 'distributions', `${id}.json`);
    });
  }

  /** Stores a plan. It is read strictly: a document that is not well-formed is refused. */
  importPlan(text, { name, package: of, target }) {
    const values = parsed(text);
    const plan = {
      label: values.get(name)?.[0] ?? '',
      package: values.get(of)?.[0] ?? '',
      endpoints: values.get(target) ?? [],
      text,
    };
    if (plan.label === '' || plan.endpoints.length === 0) throw new Refused('badPlan');
    if (existsSync(this.path('plans', `${plan.label}.json`))) throw new Refused('samePlan', { label: plan.label });
    this.write(plan, 'plans', `${plan.label}.json`);
  }

  startPlan(operation, label) {
    if (!existsSync(this.path('plans', `${label}.json`))) throw new Refused('noSuchPlan', { label });
    return this.start({ operation, ...this.read('plans', `${label}.json`) });
  }

  /** Writes what has ended to the log of the packages, once. */
  settle() {
    this.locked(() => {
      for (const run of this.distributions()) {
        const ended = run.endpoints.filter(
          (endpoint) =>
            !run.logged.includes(endpoint) && ['SUCCESSFUL', 'FAILED'].includes(this.stateOf(run, endpoint)),
        );
        for (const endpoint of ended) {
          run.logged.push(endpoint);
          if (['silent', 'lost'].includes(kindOf(endpoint))) continue;
          const good = this.stateOf(run, endpoint) === 'SUCCESSFUL' && kindOf(endpoint) !== 'broken';
          const word = kindOf(endpoint) === 'strange' ? 'perhaps' : good ? 'success' : 'failure';
          const result = `${stamp(this.now())} ${run.package} ${run.id} ${endpoint} result=${word}`;
          appendFileSync(
            this.path('package.log'),
            `${result}${good ? '' : ' the program of the package ended with 7'}\n`,
          );
          if (good) writeFileSync(this.path('endpoints', endpoint), `${run.operation} ${run.package}\n`);
        }
        if (ended.length > 0) this.write(run, 'distributions', `${run.id}.json`);
      }
    });
    if (!existsSync(this.path('package.log'))) appendFileSync(this.path('package.log'), '');
  }

  /** One program at a time. The lock of one that was killed is taken away after a second. */
  locked(work) {
    const lock = this.path('lock');
    const giveUp = Date.now() + 1_000;
    for (;;) {
      try {
        mkdirSync(lock);
        break;
      } catch {
        if (Date.now() > giveUp) rmdirSync(lock);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
      }
    }
    try {
      work();
    } finally {
      rmdirSync(lock);
    }
  }
}

/** A time as the product prints it, in UTC. */
function stamp(ms) {
  return new Date(ms).toISOString().slice(0, 19).replaceAll('-', '.').replace('T', ' ');
}

/** The texts of the elements of a document, by name. Throws for anything that is not well-formed. */
function parsed(text) {
  const texts = new Map();
  const open = [];
  let rest = text.replace(/^<\?xml[^?]*\?>/, '');
  while (rest !== '') {
    const [tag, end, name, attributes = '', empty] =
      /^<(\/?)([A-Za-z_][\w.-]*)((?:\s+[\w.-]+="[^"<]*")*)\s*(\/?)>/.exec(rest) ?? [];
    if (tag !== undefined) {
      for (const [, attribute, value] of attributes.matchAll(/([\w.-]+)="([^"<]*)"/g))
        keep(`${name}@${attribute}`, value);
      if (end) {
        if (open.pop() !== name) throw new Refused('badPlan');
      } else if (!empty) open.push(name);
      rest = rest.slice(tag.length);
      continue;
    }
    const [piece] = /^[^<]+/.exec(rest) ?? [];
    if (piece === undefined) throw new Refused('badPlan');
    if (piece.trim() !== '') keep(open.at(-1), piece.trim());
    rest = rest.slice(piece.length);
  }
  if (open.length > 0) throw new Refused('badPlan');
  return texts;

  function keep(name, raw) {
    if (name === undefined || /&(?!(?:amp|lt|gt|quot|apos|#\d+);)/.test(raw)) throw new Refused('badPlan');
    const named = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
    const value = raw.replace(/&(#?\w+);/g, (_whole, one) => named[one] ?? String.fromCodePoint(Number(one.slice(1))));
    texts.set(name, [...(texts.get(name) ?? []), value]);
  }
}
