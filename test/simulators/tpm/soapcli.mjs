/**
 * A simulated command line client of the simulated server. Its arguments and words are inventions; a profile states
 * those of a real one.
 *
 *     soapcli.mjs USERNAME URL OPERATION VALUE…      the password on standard input, or where SOAPCLI_PASSWORD… says
 *
 * Prints `Result: VALUE`. Exit codes: 3 fault, 4 not authenticated, 7 not connected, 9 no usable answer.
 */
import { readFileSync } from 'node:fs';
import { answerMessage } from './messages.mjs';

const [username, url, operation, ...values] = process.argv.slice(2);
const config = JSON.parse(readFileSync(process.env.SOAPCLI_CONFIG, 'utf8'));
const end = (code, words) => {
  process.stderr.write(`${words}\n`);
  process.exit(code);
};
const password =
  process.env.SOAPCLI_PASSWORD ?? readFileSync(process.env.SOAPCLI_PASSWORD_FILE ?? 0, 'utf8').replace(/\n$/, '');

const names = config.parts[operation] ?? end(2, `Usage: the operation ${operation} is unknown.`);
const fields = Object.fromEntries(names.map((name, index) => [name, values[index]]));
const body = answerMessage(config, operation, fields).replaceAll(`${operation}Response`, operation);
const response = await fetch(`${url}${config.path}`, {
  method: 'POST',
  headers: {
    'content-type': 'text/xml; charset=utf-8',
    soapaction: '""',
    authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
  },
  body,
}).catch((error) => end(error.cause?.code === 'ECONNREFUSED' ? 7 : 9, 'Connection failed.'));
if (response.status === 401) end(4, 'The user or the password is wrong.');
const text = await response.text().catch(() => end(9, 'The answer ended early.'));
const fault = /<faultstring>([^<]*)</.exec(text)?.[1];
if (fault !== undefined) end(3, `Fault: ${fault}`);
if (!response.ok || !text.endsWith('</soapenv:Envelope>')) end(9, 'The answer cannot be read.');
for (const [, name, value] of text.matchAll(/<(\w+)(?: [^>]*)?>([^<]+)<\/\1>/g))
  process.stdout.write(`${name === 'message' ? 'Message' : 'Result'}: ${value}\n`);
