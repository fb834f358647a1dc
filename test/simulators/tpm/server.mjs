/**
 * A simulated Tivoli Provisioning Manager: a SOAP 1.1 server over HTTP that keeps deployment requests on disk. It uses
 * nothing of the plugin. Only its service, the operation `executeDeploymentRequest` with its two parts and the form of
 * the parameters are facts; every other name and word comes from the configuration.
 *
 *     node server.mjs --dir DIR --config FILE [--port PORT] [--kit]
 *
 * The password is in TPM_PASSWORD. It prints one line, `{"port": "…"}`, when it listens. `POST /_control` arms a fault:
 * `{ "call", "kind", "times" }`. With `--kit` it ends when its standard input ends, as the conformance kit asks for.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { authProblem } from './authentication.mjs';
import { answerMessage, faultMessage, readMessage, SoapFault, wsdlOf } from './messages.mjs';

const { values: options } = parseArgs({
  options: {
    dir: { type: 'string' },
    config: { type: 'string' },
    port: { type: 'string', default: '0' },
    kit: { type: 'boolean', default: false },
  },
});
const config = JSON.parse(readFileSync(options.config, 'utf8'));
const requests = join(options.dir, 'requests');
mkdirSync(requests, { recursive: true });

/** Faults that are armed: `{ call, kind, times, ms }`. */
const armed = [];

const fileOf = (id, what = 'request') => join(requests, `${id}.${what}.json`);
const read = (path) => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
};

/** Creates a file with its whole content, unless it exists. */
function once(path, value) {
  const staged = join(options.dir, randomUUID());
  writeFileSync(staged, JSON.stringify(value));
  try {
    linkSync(staged, path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(staged);
  }
}

/** `Name=Value,Name=Value` as an object; a part without exactly one equals sign is refused. */
function parametersIn(text) {
  const pairs = text.split(',').map((part) => part.split('='));
  if (pairs.some((pair) => pair.length !== 2 || pair[0] === ''))
    throw new SoapFault('Server.userException', `The request parameters cannot be read: ${text}`);
  return Object.fromEntries(pairs);
}

const devicesIn = (parameters) => (parameters.DeviceID ?? parameters.DeviceIDs ?? '').split(';');
const scriptOf = (device) => ({ createdMs: 20, runMs: 40, end: 'success', ...config.devices?.[device] });

function create({ workflowName, requestParameters }) {
  if (!config.workflows.includes(workflowName))
    throw new SoapFault('Server.userException', `There is no workflow ${workflowName}.`);
  const parameters = parametersIn(requestParameters);
  const devices = devicesIn(parameters);
  const refusing = devices.map(scriptOf).find(({ refuse }) => refuse !== undefined);
  if (refusing !== undefined) throw new SoapFault('Server.userException', refusing.refuse);
  const request = { workflowName, requestParameters, parameters, devices, createdAt: Date.now() };
  const run = parameters.ReleaseKey?.replace(/\.\d+$/, '');
  if (run !== undefined) mkdirSync(join(options.dir, 'runs', run), { recursive: true });
  for (let id = 10_000 + readdirSync(requests).length; ; id += 1)
    if (once(fileOf(id), { id, ...request })) return { id, request };
}

/** The status of a request now: a function of its age, its script and its cancel. */
function statusOf(id) {
  const request = read(fileOf(id));
  if (request === undefined) throw new SoapFault('Server.userException', `There is no deployment request ${id}.`);
  const { states } = config;
  const script = request.devices
    .map(scriptOf)
    .reduce((worst, next) => (next.end !== 'success' || next.runMs > worst.runMs ? next : worst));
  const startedAt = request.createdAt + script.createdMs;
  const endsAt = startedAt + script.runMs;
  const cancelled = read(fileOf(id, 'cancel'));
  if (cancelled !== undefined && cancelled.at < endsAt) return { status: states.cancelled, message: 'Cancelled.' };
  if (Date.now() < startedAt) return { status: states.created };
  if (Date.now() < endsAt) {
    // A word of a product version that nobody has told us about, in the middle of the work.
    const strange = script.strange !== undefined && Date.now() < startedAt + script.runMs / 2;
    return { status: strange ? script.strange : states.inProgress };
  }
  return { status: states[script.end] ?? script.end, message: script.message };
}

const find = (key) =>
  readdirSync(requests)
    .filter((name) => name.endsWith('.request.json'))
    .map((name) => read(join(requests, name)))
    .find(({ parameters }) => parameters.ReleaseKey === key)?.id;

function cancel(id) {
  const { status } = statusOf(id);
  if (![config.states.created, config.states.inProgress].includes(status))
    throw new SoapFault('Client', `The deployment request ${id} has ended: ${status}.`);
  once(fileOf(id, 'cancel'), { at: Date.now() });
  return 'true';
}

/** What an operation answers, as the fields of its response. */
function perform(operation, parts) {
  const { operations } = config;
  if (operation === 'executeDeploymentRequest') {
    const { id } = create(parts);
    return { call: 'submit', fields: { executeDeploymentRequestReturn: String(id) } };
  }
  if (operation === operations.status) return { call: 'status', fields: statusOf(parts.requestId) };
  if (operation === operations.search) return { call: 'search', fields: { requestId: find(parts.releaseKey) } };
  if (operation === operations.cancel) return { call: 'cancel', fields: { done: cancel(parts.requestId) } };
  throw new SoapFault('Client', `There is no operation ${operation}.`);
}

const callOf = (operation) =>
  operation === 'executeDeploymentRequest'
    ? 'submit'
    : Object.keys(config.operations).find((call) => config.operations[call] === operation);

const HTML = '<!DOCTYPE html><html><body><h1>Error 500</h1><br>SRVE0255E</body></html>';

/** Faults that come before anything is done. @returns whether one did. */
function failBefore(fault, response) {
  const status = /^http-(\d+)$/.exec(fault?.kind ?? '')?.[1];
  if (status !== undefined) {
    const headers = { 'content-type': 'text/html', ...(fault.retryAfter && { 'retry-after': fault.retryAfter }) };
    response.writeHead(Number(status), headers).end(HTML);
    return true;
  }
  if (fault?.kind === 'drop') response.destroy();
  else if (fault?.kind === 'hang') return true;
  else if (fault?.kind === 'html-500') response.writeHead(500, { 'content-type': 'text/html' }).end(HTML);
  else return false;
  return true;
}

/** Sends an answer, or half of it, or none: the work is done in any case. */
function send(response, fault, status, text) {
  const headers = { 'content-type': 'text/xml; charset=utf-8' };
  if (fault?.kind === 'lost-answer') response.destroy();
  else if (fault?.kind === 'late-answer') return;
  else if (fault?.kind === 'truncated') response.writeHead(status, headers).end(text.slice(0, text.length / 2));
  else if (fault?.kind === 'html-200') response.writeHead(200, { 'content-type': 'text/html' }).end(HTML);
  else if (fault?.kind === 'doctype')
    response.writeHead(status, headers).end(text.replace('?>', '?><!DOCTYPE x [<!ENTITY e "10000">]>'));
  else if (fault?.kind === 'huge') response.writeHead(status, headers).end(text + ' '.repeat(5_000_000));
  else if (fault?.kind === 'slow') setTimeout(() => response.writeHead(status, headers).end(text), fault.ms);
  else response.writeHead(status, headers).end(text);
}

function take(call) {
  const fault = armed.find((one) => one.call === call && one.times > 0);
  if (fault !== undefined) fault.times -= 1;
  return fault;
}

function serve(request, response, body) {
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname === '/_control') {
    armed.push(...[].concat(JSON.parse(body)));
    return response.writeHead(204).end();
  }
  if (url.pathname !== config.path) return response.writeHead(404, { 'content-type': 'text/html' }).end(HTML);
  if (request.method === 'GET' && url.search === '?wsdl')
    return response.writeHead(200, { 'content-type': 'text/xml' }).end(wsdlOf(config));
  if (request.method !== 'POST') return response.writeHead(405, { allow: 'POST' }).end();
  let fault;
  try {
    const { operation, parts, header } = readMessage(config, request.headers, body);
    fault = take(callOf(operation));
    const refused = authProblem(config, request.headers, header);
    if (refused === 'basic') return response.writeHead(401, { 'www-authenticate': 'Basic realm="TPM"' }).end(HTML);
    if (refused !== undefined) throw new SoapFault('Client.FailedAuthentication', refused);
    if (failBefore(fault, response)) return;
    // A server that quotes what it received, with everything in it.
    if (fault?.kind === 'echo') throw new SoapFault('Server', `${request.headers.authorization ?? ''} ${body}`);
    const { fields } = perform(operation, parts);
    send(response, fault, 200, answerMessage(config, operation, fields));
  } catch (error) {
    if (!(error instanceof SoapFault)) throw error;
    send(response, fault, 500, faultMessage(error));
  }
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => serve(request, response, Buffer.concat(chunks).toString('utf8')));
});
server.listen(Number(options.port), '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: String(server.address().port) })}\n`);
});
if (options.kit) process.stdin.on('end', () => process.exit()).resume();
