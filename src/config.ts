import proxyAddr from '@fastify/proxy-addr';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** How one setting is written, what it means, and how its text becomes a value. */
interface Setting<T> {
  /** Name of the environment variable. */
  readonly env: string;
  /** What the setting does, with its unit. */
  readonly meaning: string;
  /** Value when the variable is absent or empty. */
  readonly fallback: T;
  /** Turns the text into a value. @throws Error that states what is accepted. */
  readonly parse: (text: string) => T;
  /** True for values that must never be printed. */
  readonly secret?: true;
}

const text = (env: string, fallback: string, meaning: string): Setting<string> => ({
  env,
  fallback,
  meaning,
  parse: (t) => t,
});

const optional = (
  env: string,
  meaning: string,
  parse: (t: string) => string = (t) => t,
): Setting<string | undefined> => ({
  env,
  fallback: undefined,
  meaning,
  parse,
});

const integer = (env: string, fallback: number, min: number, max: number, meaning: string): Setting<number> => ({
  env,
  fallback,
  meaning,
  parse: (t) => {
    const value = Number(t);
    if (!/^\d+$/.test(t) || value < min || value > max)
      throw new Error(`expected a whole number from ${min} to ${max}`);
    return value;
  },
});

const flag = (env: string, fallback: boolean, meaning: string): Setting<boolean> => ({
  env,
  fallback,
  meaning,
  parse: (t) => {
    if (/^(1|true|yes|on)$/i.test(t)) return true;
    if (/^(0|false|no|off)$/i.test(t)) return false;
    throw new Error('expected true or false');
  },
});

const oneOf = <const T extends readonly string[]>(
  env: string,
  values: T,
  fallback: T[number],
  meaning: string,
): Setting<T[number]> => ({
  env,
  fallback,
  meaning: `${meaning} One of: ${values.join(', ')}.`,
  parse: (t) => {
    if (!values.includes(t)) throw new Error(`expected one of ${values.join(', ')}`);
    return t;
  },
});

const list = (env: string, meaning: string): Setting<readonly string[]> => ({
  env,
  fallback: [],
  meaning: `${meaning} Separated by commas.`,
  parse: (t) =>
    t
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
});

const proxies = (env: string, meaning: string): Setting<readonly string[]> => {
  const setting = list(env, meaning);
  return {
    ...setting,
    parse: (t) => {
      const found = setting.parse(t);
      try {
        proxyAddr.compile([...found]);
      } catch {
        throw new Error('expected addresses or networks such as 10.0.0.7 or 10.0.0.0/8');
      }
      return found;
    },
  };
};

const url = (protocols: readonly string[]) => (t: string) => {
  let parsed: URL;
  try {
    parsed = new URL(t);
  } catch {
    throw new Error(`expected an address that starts with ${protocols.join(' or ')}`);
  }
  if (!protocols.includes(`${parsed.protocol}//`))
    throw new Error(`expected an address that starts with ${protocols.join(' or ')}`);
  return t;
};

function bearerToken(t: string): string {
  if (!/^[A-Za-z0-9._~+/=-]{16,}$/.test(t))
    throw new Error('expected at least 16 letters, digits and characters of ._~+/=-');
  return t;
}

/** The parts of `host:port`, where an IPv6 address stands in brackets. @throws Error for anything else */
export function hostAndPort(t: string): { readonly text: string; readonly host: string; readonly port: number } {
  const [, bracketed, plain, digits = ''] = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/i.exec(t) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(digits) > 65_535)
    throw new Error('expected an address and a port, e.g. 127.0.0.1:9464');
  return { text: t, host, port: Number(digits) };
}

/** Every setting of Interlock. `interlock config` prints this table. */
export const SETTINGS = {
  nodeEnv: oneOf(
    'NODE_ENV',
    ['development', 'test', 'production'],
    'development',
    'Kind of installation. In production no sample data is loaded and no token is printed.',
  ),
  host: text('HOST', '127.0.0.1', 'Address to listen on.'),
  port: integer('PORT', 4000, 0, 65_535, 'TCP port to listen on; 0 picks a free one.'),
  databaseUrl: {
    ...optional(
      'DATABASE_URL',
      'PostgreSQL 15 or newer. Default: an embedded PostgreSQL in the data directory.',
      url(['postgres://', 'postgresql://']),
    ),
    secret: true,
  },
  dataDir: text(
    'INTERLOCK_DATA_DIR',
    '.interlock',
    'Folder of the embedded database, the media and the work files of adapters.',
  ),
  toolsFile: optional(
    'INTERLOCK_TOOLS',
    'JSON file that lists the deployment tool instances and the adapter modules they use.',
  ),
  publicUrl: optional(
    'INTERLOCK_PUBLIC_URL',
    'Address at which tools and browsers reach this server. Default: http://HOST:PORT.',
    url(['http://', 'https://']),
  ),
  logLevel: oneOf(
    'LOG_LEVEL',
    ['fatal', 'error', 'warn', 'info', 'debug', 'silent'],
    'info',
    'Minimum severity that is logged.',
  ),
  oidcIssuer: optional(
    'OIDC_ISSUER',
    'Issuer (`iss`) whose JWTs are accepted as bearer tokens. Requires OIDC_AUDIENCE.',
    url(['http://', 'https://']),
  ),
  oidcAudience: optional('OIDC_AUDIENCE', 'Audience (`aud`) that a JWT must contain.'),
  oidcJwksUri: optional(
    'OIDC_JWKS_URI',
    "Address of the issuer's keys. Default: the one in the issuer's discovery document.",
    url(['http://', 'https://']),
  ),
  oidcRolesClaim: text('OIDC_ROLES_CLAIM', 'roles', 'Claim that lists the Interlock roles of the bearer.'),
  verifiedFrom: oneOf(
    'INTERLOCK_VERIFIED_FROM',
    ['NONE', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'],
    'NONE',
    'Effective criticality from which on a success on a target counts only with a digest that was read back, or with ' +
      'the evidence of a person. Set the same in every process.',
  ),
  verifiedClasses: list(
    'INTERLOCK_VERIFIED_CLASSES',
    'Classes of configuration items on which the same holds, whatever their criticality.',
  ),
  allowedOrigins: list(
    'INTERLOCK_ALLOWED_ORIGINS',
    "Origins of web pages that may use the API from a browser, in addition to the server's own.",
  ),
  maxBodyBytes: integer(
    'INTERLOCK_MAX_BODY_BYTES',
    262_144,
    1_024,
    16_777_216,
    'Maximum size of a GraphQL request body, in bytes.',
  ),
  maxMediaBytes: integer(
    'INTERLOCK_MAX_MEDIA_BYTES',
    1_073_741_824,
    1,
    1_099_511_627_776,
    'Maximum size of a media upload, in bytes.',
  ),
  maxImportBytes: integer(
    'INTERLOCK_MAX_IMPORT_BYTES',
    1_073_741_824,
    1,
    1_099_511_627_776,
    'Maximum size of a file to import, in bytes.',
  ),
  maxDepth: integer('INTERLOCK_MAX_DEPTH', 15, 3, 100, 'Maximum depth of an operation.'),
  maxCost: integer(
    'INTERLOCK_MAX_COST',
    500_000,
    100,
    100_000_000,
    'Maximum number of objects an operation can return: page sizes multiplied along its edges.',
  ),
  maxAliases: integer('INTERLOCK_MAX_ALIASES', 30, 1, 1_000, 'Maximum number of aliases in one document.'),
  maxSubscriptions: integer(
    'INTERLOCK_MAX_SUBSCRIPTIONS',
    100,
    1,
    100_000,
    'Maximum running subscriptions per socket.',
  ),
  rateLimit: integer(
    'INTERLOCK_RATE_LIMIT',
    20_000,
    0,
    10_000_000,
    'Maximum requests with one token per ten seconds in this process: operations, media, calendar, callbacks of one ' +
      'run. All tokens of a person have twice as many together; 0 = unlimited.',
  ),
  strangerLimit: integer(
    'INTERLOCK_STRANGER_LIMIT',
    1_000,
    0,
    10_000_000,
    'Maximum requests without valid credentials from one address per ten seconds in this process, failed sign-ins ' +
      'included; 0 = unlimited.',
  ),
  trustedProxies: proxies(
    'INTERLOCK_TRUSTED_PROXIES',
    'Proxies whose X-Forwarded-For is believed: addresses, networks such as 10.0.0.0/8, or loopback, linklocal, ' +
      'uniquelocal.',
  ),
  metricsToken: {
    ...optional(
      'INTERLOCK_METRICS_TOKEN',
      'Bearer token that /metrics requires, at least 16 characters. Default: none is required.',
      bearerToken,
    ),
    secret: true,
  },
  metricsAddress: optional(
    'INTERLOCK_METRICS_ADDRESS',
    'Address and port of /metrics, e.g. 127.0.0.1:9464; then PORT does not serve it. Default: PORT serves it.',
    (t) => hostAndPort(t).text,
  ),
  maxSockets: integer(
    'INTERLOCK_MAX_SOCKETS',
    500,
    1,
    1_000_000,
    'Maximum open WebSockets per person in this process.',
  ),
  maxUploads: integer(
    'INTERLOCK_MAX_UPLOADS',
    20,
    1,
    10_000,
    'Maximum media uploads per person at a time in this process.',
  ),
  maxImports: integer(
    'INTERLOCK_MAX_IMPORTS',
    2,
    1,
    1_000,
    'Maximum imports and exports per person at a time in this process, each.',
  ),
  subscriberQueue: integer(
    'INTERLOCK_SUBSCRIBER_QUEUE',
    1_000,
    1,
    1_000_000,
    'Maximum number of events that wait for a slow subscriber before its subscription ends.',
  ),
  readPool: integer('INTERLOCK_READ_POOL', 10, 1, 200, 'Database connections for queries.'),
  writePool: integer('INTERLOCK_WRITE_POOL', 10, 1, 200, 'Database connections for commands and jobs.'),
  statementTimeoutMs: integer(
    'INTERLOCK_STATEMENT_TIMEOUT_MS',
    10_000,
    100,
    600_000,
    'Maximum duration of an SQL statement, in milliseconds.',
  ),
  drainTimeoutMs: integer(
    'INTERLOCK_DRAIN_TIMEOUT_MS',
    5_000,
    100,
    300_000,
    'Maximum time a graceful stop waits for running requests, in milliseconds.',
  ),
  stopDelayMs: integer(
    'INTERLOCK_STOP_DELAY_MS',
    0,
    0,
    300_000,
    'How long a graceful stop still answers while /readyz already says 503, in milliseconds. Give a load balancer ' +
      'the time that it takes to notice.',
  ),
  idempotencyHours: integer(
    'INTERLOCK_IDEMPOTENCY_HOURS',
    48,
    24,
    8_760,
    'How long the results of commands with an idempotency key are kept, in hours.',
  ),
  leaseMs: integer(
    'INTERLOCK_LEASE_MS',
    10_000,
    200,
    600_000,
    'After how long without a sign of life another process takes over a run of a deployment tool, in milliseconds.',
  ),
  executor: oneOf(
    'INTERLOCK_EXECUTOR',
    ['graphql-js', 'compiled'],
    'compiled',
    'Executor of operations; both give the same answers.',
  ),
  worker: flag(
    'INTERLOCK_WORKER',
    true,
    'Whether this process runs jobs (distributions, checks); false for an API-only process.',
  ),
} as const satisfies Record<string, Setting<unknown>>;

type Values = {
  readonly [K in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[K]['parse']> | (typeof SETTINGS)[K]['fallback'];
};

/** All settings with their values. */
export interface Config extends Values {
  /** Absolute folder of the stored media. */
  readonly mediaDir: string;
  /** Absolute folder below which adapters keep their work files. */
  readonly workDir: string;
}

/** The configuration is invalid. The message lists every invalid setting and what it accepts. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration is invalid:\n${problems.map((p) => `  - ${p}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/**
 * Reads the settings from environment variables.
 * @throws ConfigError that lists all settings that are invalid or contradict each other.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(SETTINGS) as [string, Setting<unknown>][]) {
    const raw = env[setting.env]?.trim();
    values[key] = setting.fallback;
    if (raw === undefined || raw === '') continue;
    try {
      values[key] = setting.parse(raw);
    } catch (error) {
      problems.push(`${setting.env}${setting.secret ? '' : `=${raw}`}: ${(error as Error).message}`);
    }
  }
  const unknown = Object.keys(env).filter(
    (name) => name.startsWith('INTERLOCK_') && !Object.values(SETTINGS).some((s) => s.env === name),
  );
  for (const name of unknown)
    if (!/^INTERLOCK_(?:(?:TEST|SECRET|DEMO)_|(?:URL|TOKEN)$)/.test(name)) problems.push(`${name}: unknown setting`);
  const config = values as unknown as Values;
  if ((config.oidcIssuer === undefined) !== (config.oidcAudience === undefined)) {
    problems.push('OIDC_ISSUER and OIDC_AUDIENCE: set both or neither');
  }
  if (config.toolsFile !== undefined && !existsSync(config.toolsFile))
    problems.push(`INTERLOCK_TOOLS=${config.toolsFile}: file not found`);
  if (problems.length > 0) throw new ConfigError(problems);
  const dataDir = resolve(config.dataDir);
  return { ...config, dataDir, mediaDir: resolve(dataDir, 'media'), workDir: resolve(dataDir, 'work') };
}

/**
 * The environment, for references `env:NAME` in the tools file. Settings of Interlock itself come from {@link
 * loadConfig}.
 */
export const environment = (): Readonly<Record<string, string | undefined>> => process.env;

/** What `interlock import` and `interlock export` find their server by: INTERLOCK_URL and INTERLOCK_TOKEN. */
export const clientEnvironment = (): { readonly url: string | undefined; readonly token: string | undefined } => ({
  url: process.env['INTERLOCK_URL'],
  token: process.env['INTERLOCK_TOKEN'],
});

/**
 * Whether the command line shows errors with stacks: LOG_LEVEL=debug, read directly because the error may be an invalid
 * setting.
 */
export const showsStacks = (): boolean => process.env['LOG_LEVEL'] === 'debug';

/** The environment for a child process: that of this process, with some variables replaced. */
export const childEnvironment = (
  overrides: Readonly<Record<string, string>> = {},
): Record<string, string | undefined> => ({ ...process.env, ...overrides });

/** The version of this package, from its own package.json. */
export const VERSION: string = (() => {
  for (const up of ['..', '../..', '../../..']) {
    const file = new URL(`${up}/package.json`, import.meta.url);
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  }
  return '0.0.0';
})();
