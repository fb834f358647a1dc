import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { checkProfile } from '../../plugins/tpm/profile.js';
import type { SoapTransport, TpmProfile } from '../../plugins/tpm/profile-format.js';
import { draftOrders, ordersOf } from '../../plugins/tpm/order.js';
import { readSoap, soapMessage } from '../../plugins/tpm/soap.js';
import { capabilitiesOf, declaredSchemas } from '../../plugins/tpm/settings.js';
import { statedError } from '../../plugins/tpm/tool-error.js';
import { textAt, XmlProblem } from '../../plugins/tpm/xml.js';
import type { DistributionRequest } from '../../src/adapters/adapter.js';

const example = (name: string): TpmProfile =>
  JSON.parse(readFileSync(new URL(`../../plugins/tpm/profiles/${name}.example.json`, import.meta.url), 'utf8'));
const soap = example('tpm-7.x');
const command = example('tpm-5.1-soapcli');
const transport = soap.transport as SoapTransport;
const install = soap.workflows.install as NonNullable<TpmProfile['workflows']['install']>;
const withInstall = (parameters: object[], more: object = {}): TpmProfile =>
  ({ ...soap, ...more, workflows: { install: { ...install, parameters } } }) as TpmProfile;
const bytes = (text: string) => new TextEncoder().encode(text);

const request = (change: Partial<DistributionRequest> = {}): DistributionRequest => ({
  key: 'run-1',
  fingerprint: '0'.repeat(64),
  operation: 'install',
  release: { id: 'rel-1', name: 'Payroll', version: '4.0', changeIds: [] },
  package: { binding: { softwareId: '1001', workflow: 'Software.Install' }, artifacts: [] },
  targets: ['21094', '9401'].map((deviceId, n) => ({ ciId: `ci-${n}`, name: `web-${n}`, binding: { deviceId } })),
  parameters: {},
  deadline: '2026-11-28T12:00:00Z',
  dryRun: false,
  actor: 'Olga',
  ...change,
});

describe('the example profiles', () => {
  test.each([
    ['tpm-7.x', soap],
    ['tpm-5.1-soapcli', command],
  ])('%s can be used as a beginning, and says that nobody has verified it', (_name, profile) => {
    expect(checkProfile(profile).problems).toEqual([]);
    expect(profile.verified).toBe(false);
    expect(profile.name).toContain('example');
  });

  test('show exactly what would be sent', () => {
    const [submit, status] = checkProfile(soap).samples;
    expect(submit).toEqual({
      title: 'submit: install',
      text: [
        'POST /ws/pid/TpmLiteSoapService',
        'authorization: Basic USERNAME:PASSWORD',
        'content-type: text/xml; charset=utf-8',
        'soapaction: ""',
        'accept: text/xml',
        '',
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" ' +
          'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">' +
          '<soapenv:Body><tpm:executeDeploymentRequest ' +
          'xmlns:tpm="urn:replace-with-the-namespace-of-your-wsdl" ' +
          'soapenv:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">' +
          '<workflowName xsi:type="xsd:string">workflow-1</workflowName>' +
          '<requestParameters xsi:type="xsd:string">' +
          'SoftwareID=softwareId-1,DeviceID=deviceId-1,ReleaseKey=sample-run.0</requestParameters>' +
          '</tpm:executeDeploymentRequest></soapenv:Body></soapenv:Envelope>',
      ].join('\n'),
    });
    expect(status?.text).toContain('<requestId xsi:type="xsd:long">REQUEST-ID</requestId>');
    expect(checkProfile(command).samples[0]).toEqual({
      title: 'submit: install',
      argv: [
        '/replace/with/the/path/of/your/wrapper-of-soapcli',
        'USERNAME',
        'BASE-URL',
        'executeDeploymentRequest',
        'workflow-1',
        'SoftwareID=softwareId-1,DeviceID=deviceId-1',
      ],
      text: 'Password by stdin.',
    });
  });
});

describe('a profile is refused', () => {
  const calls = transport.calls;
  const cli = command.transport as Extract<TpmProfile['transport'], { kind: 'soapcli' }>;
  const cliWith = (args: string[]) => ({
    ...command,
    transport: { ...cli, calls: { ...cli.calls, submit: { ...cli.calls.submit, arguments: args } } },
  });
  test.each<[string, unknown, RegExp]>([
    ['that is nothing', null, /must be object/],
    ['of another format', { ...soap, format: 2 }, /format/],
    ['with a member that does not exist', { ...soap, verifed: true }, /verifed/],
    [
      'that renames the verified operation',
      {
        ...soap,
        transport: { ...transport, calls: { ...calls, submit: { ...calls.submit, operation: 'runWorkflow' } } },
      },
      /operation/,
    ],
    [
      'that forgets the target',
      withInstall([{ name: 'SoftwareID', value: '{package.softwareId}' }]),
      /no parameter names the target/,
    ],
    [
      'with a placeholder that does not exist',
      withInstall([{ name: 'D', value: '{target.deviceId}{pasword}' }]),
      /\{pasword\}/,
    ],
    ['with a comma in a value', withInstall([{ name: 'D', value: '{target.deviceId},X' }]), /comma/],
    [
      'that names a parameter twice',
      withInstall([
        { name: 'D', value: '{target.deviceId}' },
        { name: 'D', value: 'x' },
      ]),
      /twice/,
    ],
    ['that has no word for success', { ...soap, states: { failed: 'failed' } }, /succeeded/],
    ['that calls a word unknown', { ...soap, states: { ...soap.states, odd: 'unknown' } }, /must be equal to one of/],
    ['with a rule that always holds', { ...soap, errors: [{ as: 'NOT_FOUND' }] }, /condition/],
    [
      'that puts the password into an argument',
      cliWith(['{password}', '{workflowName}', '{requestParameters}']),
      /\{password\}/,
    ],
    [
      'that names a password file which it does not pass',
      cliWith(['{passwordFile}', '{workflowName}', '{requestParameters}']),
      /passwordFile/,
    ],
    ['whose command drops the parameters', cliWith(['{workflowName}']), /\{requestParameters\}/],
    ['with a relative program', { ...command, transport: { ...cli, command: ['soapcli'] } }, /absolute/],
    [
      'with an expression without a group',
      {
        ...command,
        transport: { ...cli, calls: { ...cli.calls, submit: { ...cli.calls.submit, answer: { id: '\\d+' } } } },
      },
      /one group/,
    ],
    [
      'that searches for a key which no request carries',
      {
        ...withInstall([{ name: 'D', value: '{target.deviceId}' }]),
        transport: {
          ...transport,
          calls: {
            ...calls,
            search: { operation: 'find', arguments: [{ name: 'k', value: '{requestKey}' }], answer: { id: '*' } },
          },
        },
      },
      /must carry \{requestKey\}/,
    ],
  ])('%s', (_what, profile, problem) => {
    const { problems, samples } = checkProfile(profile);
    expect(problems.join('\n')).toMatch(problem);
    expect(samples).toEqual([]);
  });
});

describe('the deployment requests', () => {
  test('are one per target, each with a key of its own', () => {
    expect(ordersOf(soap, request())).toEqual([
      {
        requestKey: 'run-1.0',
        ciIds: ['ci-0'],
        workflowName: 'Software.Install',
        requestParameters: 'SoftwareID=1001,DeviceID=21094,ReleaseKey=run-1.0',
      },
      {
        requestKey: 'run-1.1',
        ciIds: ['ci-1'],
        workflowName: 'Software.Install',
        requestParameters: 'SoftwareID=1001,DeviceID=9401,ReleaseKey=run-1.1',
      },
    ]);
  });

  const group = withInstall([{ name: 'DeviceIDs', value: '{targets.deviceId}' }], {
    requests: { per: 'group', separator: ';', size: 2, holdsForAll: ['succeeded'] },
  });

  test('are one per group where the profile says so', () => {
    const three = [...request().targets, { ciId: 'ci-2', name: 'web-2', binding: { deviceId: '7' } }];
    expect(checkProfile(group).problems).toEqual([]);
    expect(
      ordersOf(group, request({ targets: three })).map(({ ciIds, requestParameters }) => [ciIds, requestParameters]),
    ).toEqual([
      [['ci-0', 'ci-1'], 'DeviceIDs=21094;9401'],
      [['ci-2'], 'DeviceIDs=7'],
    ]);
  });

  test.each(['9401,Other=1', 'a=b', '', ' 9401', '9401\n', 'two\nlines', 'a\u0000b', 'a\ud800', 'a\ufffe', '\u0085x'])(
    'are refused for the device %j, and for nothing else',
    (deviceId) => {
      const targets = [...request().targets, { ciId: 'ci-odd', name: 'odd', binding: { deviceId } }];
      const { problems } = draftOrders(soap, request({ targets }));
      expect(problems).toEqual([{ ciId: 'ci-odd', message: expect.stringContaining('{target.deviceId}') }]);
      expect(() => ordersOf(soap, request({ targets }))).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    },
  );

  test.each(['<&>"\'', '$(touch x)', '-rf', '../..', 'żółć 漢字 🚀', '{package.workflow}', '%s', 'a;b'])(
    'pass %j on as it is',
    (text) => {
      const binding = { softwareId: text, workflow: 'Software.Install' };
      const [order] = ordersOf(soap, request({ package: { binding, artifacts: [] } }));
      expect(order?.requestParameters).toBe(`SoftwareID=${text},DeviceID=21094,ReleaseKey=run-1.0`);
    },
  );

  test.each<[string, Partial<DistributionRequest>, TpmProfile, RegExp]>([
    [
      'a workflow that looks like an option',
      { package: { binding: { softwareId: '1', workflow: '-x' }, artifacts: [] } },
      soap,
      /hyphen/,
    ],
    ['a package without software id', { package: { binding: { workflow: 'W' }, artifacts: [] } }, soap, /is missing/],
    ['an operation without workflow', { operation: 'undo' }, soap, /no workflow for undo/],
    ['a limit of targets at a time', { maxParallel: 1 }, soap, /maxParallel/],
    ['a limit of failures', { stopAfterFailures: 1 }, soap, /stopAfterFailures/],
    [
      'a parameter of the planner that the profile does not list',
      { parameters: { requestParameters: { Reboot: 'yes' } } },
      soap,
      /"Reboot"/,
    ],
    [
      'a parameter of the planner with a comma',
      { parameters: { requestParameters: { Reboot: 'a,b' } } },
      { ...soap, plannerParameters: ['Reboot'] },
      /comma/,
    ],
    [
      'a device with the separator of the group',
      { targets: [{ ciId: 'ci-0', name: 'x', binding: { deviceId: '1;2' } }] },
      group,
      /separator/,
    ],
  ])('are refused for %s', (_what, change, profile, problem) => {
    const { problems } = draftOrders(profile, request(change));
    expect(problems.map(({ message }) => message).join('\n')).toMatch(problem);
  });

  test('can have parameters of the planner', () => {
    const profile = { ...soap, plannerParameters: ['Reboot'] };
    const [order] = ordersOf(profile, request({ parameters: { requestParameters: { Reboot: 'yes' } } }));
    expect(order?.requestParameters).toMatch(/,Reboot=yes$/);
  });
});

test('what an instance promises follows from its profile', () => {
  const settings = { baseUrl: 'https://tpm.example', username: 'u', password: { $secret: 'env:P' } } as const;
  const search = { operation: 'find', arguments: [], answer: { id: '*' } };
  const calls = { ...transport.calls, search, cancel: { operation: 'stop', arguments: [], answer: {} } };
  expect(capabilitiesOf({ ...settings, profile: soap })).toMatchObject({ submit: 'at-most-once', cancel: 'none' });
  expect(capabilitiesOf({ ...settings, profile: '/etc/tpm.json' })).toMatchObject({ submit: 'at-most-once' });
  expect(capabilitiesOf({ ...settings, profile: { ...soap, transport: { ...transport, calls } } })).toMatchObject({
    submit: 'findable',
    cancel: 'best-effort',
    cancelTargets: true,
    operations: ['install'],
  });
  expect(declaredSchemas(soap).targetSchema).toMatchObject({ required: ['deviceId'], additionalProperties: false });
  expect(declaredSchemas(soap).packageSchema).toMatchObject({ required: ['workflow', 'softwareId'] });
});

describe('a message', () => {
  const caller = { username: 'max<admin>', password: 'p&ss', now: new Date(0), nonce: new Uint8Array([1, 2, 3]) };
  const values = { workflowName: 'Software.Install', requestParameters: 'A=<&>"\',B={requestId}' };

  test.each<[SoapTransport['style'], boolean, string]>([
    ['rpc-literal', false, '<workflowName>Software.Install</workflowName>'],
    ['document-literal', false, '<workflowName>Software.Install</workflowName>'],
    ['document-literal', true, '<tpm:workflowName>Software.Install</tpm:workflowName>'],
  ])('in the style %s, qualified %s', (style, qualified, part) => {
    const { envelope } = soapMessage({ ...transport, style, qualified }, 'submit', values, caller);
    expect(envelope).toContain(part);
    expect(envelope).not.toMatch(/encodingStyle|xsi:type/);
    expect(envelope).toContain('A=&lt;&amp;&gt;&quot;&apos;,B={requestId}');
  });

  test('has the password only where WS-Security wants it', () => {
    const with_ = (auth: SoapTransport['auth']) =>
      soapMessage({ ...transport, auth }, 'submit', values, caller).envelope;
    expect(with_('basic')).not.toMatch(/p&amp;ss|Security/);
    expect(with_('wsse-text')).toContain('<wsse:Username>max&lt;admin&gt;</wsse:Username>');
    expect(with_('wsse-text')).toContain('#PasswordText">p&amp;ss</wsse:Password>');
    // Base64(SHA-1(nonce + created + password)), UsernameToken Profile 1.0, computed with sha1sum and base64.
    expect(with_('wsse-digest')).toContain('#PasswordDigest">azPyT9ML4gL2nyNFqeLF202G9pQ=</wsse:Password>');
    expect(with_('wsse-digest')).not.toContain('p&amp;ss');
  });
});

describe('an answer', () => {
  const ENV = 'http://schemas.xmlsoap.org/soap/envelope/';
  const wrapped = (content: string) => bytes(`<s:Envelope xmlns:s="${ENV}"><s:Body>${content}</s:Body></s:Envelope>`);
  const at = (content: string, path: string) => {
    const answer = readSoap(wrapped(content));
    if (!('body' in answer)) throw new Error('a fault');
    return textAt(answer.body, path);
  };

  test('is read by path, whatever the prefixes', () => {
    expect(at('<x:r xmlns:x="urn:a"><id> 10001 </id></x:r>', 'r/id')).toBe('10001');
    expect(at('<r><a><id>1</id></a><b><id>2</id></b></r>', 'r/b/id')).toBe('2');
    expect(at('<r><ret>7</ret></r>', '*/*')).toBe('7');
    expect(at('<r><id href="#i0"/></r><multiRef id="i0">10001</multiRef>', 'r/id')).toBe('10001');
    expect(at('<r><id>&lt;1&gt; &#65;</id></r>', 'r/id')).toBe('<1> A');
  });

  test.each([
    ['<r/>', 'r/id'],
    ['<r><id/></r>', 'r/id'],
    ['<r><id><deep>1</deep></id></r>', 'r/id'],
    ['<r><id xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/></r>', 'r/id'],
    ['<r><id href="#nowhere"/></r>', 'r/id'],
    ['<r><id href="#a"/></r><x id="a" href="#a"/>', 'r/id'],
  ])('has nothing in %s at %s', (content, path) => expect(at(content, path)).toBeUndefined());

  test('can be a fault', () => {
    const fault =
      '<faultcode>s:Server.userException</faultcode><faultstring>No.</faultstring><detail><x>why</x></detail>';
    expect(readSoap(wrapped(`<s:Fault>${fault}</s:Fault>`))).toEqual({
      fault: { code: 'Server.userException', text: 'No.\nwhy' },
    });
  });

  test.each<[string, string, RegExp]>([
    ['nothing', '', /well-formed/],
    ['words', 'Service unavailable', /well-formed/],
    ['a page', '<!DOCTYPE html><html><body><br>Error</body></html>', /well-formed/],
    ['a page that is XML', '<html><body/></html>', /SOAP 1.1/],
    ['half an answer', `<s:Envelope xmlns:s="${ENV}"><s:Body><r>1`, /well-formed/],
    ['SOAP 1.2', '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body/></s:Envelope>', /SOAP 1.1/],
    ['an envelope without body', `<s:Envelope xmlns:s="${ENV}"/>`, /SOAP 1.1/],
    ['a document type', `<!DOCTYPE x><s:Envelope xmlns:s="${ENV}"><s:Body/></s:Envelope>`, /document type/],
    [
      'entities that grow',
      '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' +
        `<s:Envelope xmlns:s="${ENV}"><s:Body><r>&b;</r></s:Body></s:Envelope>`,
      /well-formed/,
    ],
    [
      'a file of ours',
      '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' +
        `<s:Envelope xmlns:s="${ENV}"><s:Body><r>&a;</r></s:Body></s:Envelope>`,
      /well-formed/,
    ],
  ])('that is %s is refused', (_what, text, problem) => {
    expect(() => readSoap(bytes(text))).toThrow(XmlProblem);
    expect(() => readSoap(bytes(text))).toThrow(problem);
  });

  test('in another encoding is refused', () => {
    expect(() => readSoap(new Uint8Array([0xff, 0xfe, 0x3c, 0x00]))).toThrow(/UTF-8/);
  });
});

describe('an error of the tool', () => {
  const rules = [
    { faultCode: 'Server', text: 'no workflow', as: 'INVALID_ARGUMENT' },
    { exitCode: 4, as: 'UNAUTHENTICATED' },
  ] as const;
  test.each([
    ['submit', { faultCode: 'Server.userException', text: 'There is no workflow X' }, 'INVALID_ARGUMENT'],
    ['submit', { faultCode: 'ServerOther', text: 'There is no workflow X' }, 'OUTCOME_UNKNOWN'],
    ['submit', { faultCode: 'Server', text: 'Out of memory' }, 'OUTCOME_UNKNOWN'],
    ['submit', { faultCode: 'Client.Authentication', text: '' }, 'INVALID_ARGUMENT'],
    ['submit', { faultCode: 'VersionMismatch', text: '' }, 'FAILED_PRECONDITION'],
    ['submit', { faultCode: 'MustUnderstand', text: '' }, 'FAILED_PRECONDITION'],
    ['status', { faultCode: 'Server', text: 'Out of memory' }, 'UNAVAILABLE'],
    ['submit', { exitCode: 4, text: '' }, 'UNAUTHENTICATED'],
    ['submit', { exitCode: 1, text: '' }, 'OUTCOME_UNKNOWN'],
    ['submit', { exitCode: null, text: '' }, 'OUTCOME_UNKNOWN'],
  ] as const)('at %s, %j is %3$s', (call, failure, code) => {
    expect(statedError(call, rules, failure).code).toBe(code);
  });
});
