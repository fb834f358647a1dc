/** The service over HTTP. */
import { randomBytes } from 'node:crypto';
import { AdapterError, isAdapterError, type AdapterContext, type ProbeReport } from '../../src/adapters/adapter.js';
import { HttpClient, type HttpAnswer } from '../../src/adapters/http.js';
import { SERVICE, SUBMIT_OPERATION, type CallName, type SoapTransport, type TpmProfile } from './profile-format.js';
import { readSoap, soapMessage, type SoapAnswer, type Values } from './soap.js';
import { isCommand, statedError } from './tool-error.js';
import {
  DEFAULT_RESPONSE_BYTES,
  DEFAULT_TIMEOUT_MS,
  unclearAnswer,
  type Connection,
  type Transport,
} from './transport.js';
import { childrenOf, escaped, parseXml, textAt, XmlProblem } from './xml.js';

/** SOAP 1.1 sends a fault with this status (section 6.2). */
const FAULT_STATUS = 500;
/** Answers of HTTP itself that are about this server, not about the path in the profile. */
const KEPT: ReadonlySet<string> = new Set(['UNAUTHENTICATED', 'PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'ABORTED']);
/** Namespace of WSDL. Source: W3C Note "WSDL 1.1". */
const WSDL = 'http://schemas.xmlsoap.org/wsdl/';

/** See the file's head. */
export class SoapOverHttp implements Transport {
  private readonly client: HttpClient;

  constructor(
    private readonly profile: TpmProfile,
    private readonly transport: SoapTransport,
    private readonly connection: Connection,
    private readonly context: AdapterContext,
  ) {
    const { baseUrl, allowHttp, username, password, timeoutMs, maxResponseBytes } = connection;
    this.client = new HttpClient(context, {
      baseUrl,
      ...(allowHttp !== undefined && { allowHttp }),
      ...(transport.auth === 'basic' && { auth: { type: 'basic', username, password } }),
      timeoutMs: timeoutMs ?? DEFAULT_TIMEOUT_MS,
      maxResponseBytes: maxResponseBytes ?? DEFAULT_RESPONSE_BYTES,
    });
  }

  async call(name: CallName, values: Values, signal: AbortSignal): Promise<Record<string, string>> {
    const password = await this.password();
    const caller = {
      username: this.connection.username,
      password,
      now: this.context.now(),
      nonce: randomBytes(16),
    };
    const { path, headers, envelope } = soapMessage(this.transport, name, values, caller);
    const pair = Buffer.from(`${caller.username}:${password}`, 'utf8').toString('base64');
    const hide = [pair, escaped(password), password].sort((a, b) => b.length - a.length);
    const answer = await this.client
      .send(
        {
          method: 'POST',
          path,
          headers,
          body: { text: envelope, contentType: 'text/xml; charset=utf-8' },
          effect: isCommand(name) ? 'mutation' : 'read',
          accept: [FAULT_STATUS],
          hide,
        },
        signal,
      )
      .catch((error: unknown) => Promise.reject(asProfileFault(error)));
    return this.read(name, answer, hide);
  }

  async probe(signal: AbortSignal): Promise<ProbeReport> {
    await this.password();
    const { wsdl } = this.transport;
    try {
      const answer = await this.client.send(
        { method: 'GET', path: wsdl ?? this.transport.path, headers: { accept: 'text/xml' } },
        signal,
      );
      const problem = wsdl === undefined ? undefined : problemOfWsdl(answer.bytes);
      return problem === undefined ? { status: 'ready' } : { status: 'broken', detail: problem };
    } catch (error) {
      if (!isAdapterError(error) || signal.aborted) throw error;
      // A service that takes only POST says so, and is there.
      const status = (error.native as { status?: number } | undefined)?.status;
      if (wsdl === undefined && (status === 405 || status === FAULT_STATUS)) return { status: 'ready' };
      return { status: 'broken', detail: `${error.code}: ${error.message}` };
    }
  }

  private async password(): Promise<string> {
    const password = await this.context.secrets.get(this.connection.password);
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    if (/[\u0000-\u001f\u007f]/.test(password) || !password.isWellFormed())
      throw new AdapterError('FAILED_PRECONDITION', 'The password has a character that cannot be sent.');
    return password;
  }

  private read(name: CallName, answer: HttpAnswer, hide: readonly string[]): Record<string, string> {
    const scrub = (text: string): string => hide.reduce((clean, one) => clean.replaceAll(one, '[redacted]'), text);
    let soap: SoapAnswer;
    try {
      soap = readSoap(answer.bytes);
    } catch (error) {
      if (!(error instanceof XmlProblem)) throw error;
      if (answer.status !== FAULT_STATUS) throw unclearAnswer(name, error.message);
      const code = isCommand(name) ? 'OUTCOME_UNKNOWN' : 'UNAVAILABLE';
      throw new AdapterError(code, `The tool answered ${name} with 500, and not with a fault: ${error.message}.`);
    }
    if ('fault' in soap) {
      const { code, text } = soap.fault;
      throw statedError(name, this.profile.errors ?? [], { faultCode: scrub(code), text: scrub(text) });
    }
    const { body } = soap;
    const paths = Object.entries(this.transport.calls[name]?.answer ?? {});
    return Object.fromEntries(
      paths.flatMap(([part, path]) => {
        const text = textAt(body, path);
        return text === undefined ? [] : [[part, scrub(text)]];
      }),
    );
  }
}

/** An HTTP error that says that the profile, not the request, is wrong: nothing listens at its path. */
function asProfileFault(error: unknown): unknown {
  if (!isAdapterError(error)) return error;
  const status = (error.native as { status?: number } | undefined)?.status ?? 0;
  if (status < 400 || status >= 500 || KEPT.has(error.code) || error.code === 'OUTCOME_UNKNOWN') return error;
  return new AdapterError('FAILED_PRECONDITION', `${error.message} Compare the path in the profile with the WSDL.`, {
    native: { status },
  });
}

/** Why a WSDL is not the one of the service with the verified operation; undefined when it is. */
export function problemOfWsdl(bytes: Uint8Array): string | undefined {
  try {
    const root = parseXml(bytes);
    if (root.localName !== 'definitions' || root.namespaceURI !== WSDL) return 'The WSDL is none of version 1.1.';
    const named = (local: string, name: string): boolean =>
      [...root.getElementsByTagNameNS(WSDL, local)].some((node) => node.getAttribute('name') === name);
    const types = childrenOf(root).map(({ localName }) => localName);
    // A WSDL may import the one that has the operations.
    const operation = named('operation', SUBMIT_OPERATION) || types.includes('import');
    if (!operation) return `The WSDL has no operation ${SUBMIT_OPERATION}.`;
    return named('service', SERVICE) ? undefined : `The WSDL has no service ${SERVICE}.`;
  } catch (error) {
    if (error instanceof XmlProblem) return `The WSDL cannot be read: ${error.message}.`;
    throw error;
  }
}
