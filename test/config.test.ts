import { describe, expect, test } from '@jest/globals';
import { ConfigError, hostAndPort, loadConfig, SETTINGS } from '../src/config.js';

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('configuration', () => {
  test('needs nothing: every setting has a default', () => {
    const config = loadConfig({});
    expect(config).toMatchObject({
      nodeEnv: 'development',
      host: '127.0.0.1',
      port: 4000,
      worker: true,
      databaseUrl: undefined,
      allowedOrigins: [],
    });
    expect(config.mediaDir).toBe(`${config.dataDir}/media`);
  });

  test('reads every kind of value', () => {
    expect(
      loadConfig({
        NODE_ENV: 'production',
        PORT: ' 8080 ',
        INTERLOCK_WORKER: 'off',
        DATABASE_URL: 'postgres://u@h/d',
        INTERLOCK_ALLOWED_ORIGINS: 'https://a, https://b,',
      }),
    ).toMatchObject({
      nodeEnv: 'production',
      port: 8080,
      worker: false,
      databaseUrl: 'postgres://u@h/d',
      allowedOrigins: ['https://a', 'https://b'],
    });
  });

  test('an empty variable counts as absent', () => {
    expect(loadConfig({ PORT: '', DATABASE_URL: '  ' })).toMatchObject({ port: 4000, databaseUrl: undefined });
  });

  test('names every bad setting at once, and what each accepts', () => {
    const problems = problemsOf({
      NODE_ENV: 'staging',
      PORT: '70000',
      LOG_LEVEL: 'loud',
      INTERLOCK_WORKER: 'perhaps',
      INTERLOCK_READ_POOL: '1e3',
      INTERLOCK_PUBLIC_URL: 'ftp://example.test',
      OIDC_ISSUER: 'https://issuer.test',
      INTERLOCK_TOOLS: '/nowhere/tools.json',
      INTERLOCK_WROKER: 'true',
    });
    expect(problems).toHaveLength(9);
    const text = problems.join('\n');
    expect(text).toContain('NODE_ENV=staging: expected one of development, test, production');
    expect(text).toContain('PORT=70000: expected a whole number from 0 to 65535');
    expect(text).toContain('LOG_LEVEL=loud: expected one of');
    expect(text).toContain('INTERLOCK_WORKER=perhaps: expected true or false');
    expect(text).toContain('INTERLOCK_READ_POOL=1e3: expected a whole number');
    expect(text).toContain(
      'INTERLOCK_PUBLIC_URL=ftp://example.test: expected an address that starts with http:// or https://',
    );
    expect(text).toContain('OIDC_ISSUER and OIDC_AUDIENCE: set both or neither');
    expect(text).toContain('INTERLOCK_TOOLS=/nowhere/tools.json: file not found');
    expect(text).toContain('INTERLOCK_WROKER: unknown setting');
  });

  test('never prints a secret', () => {
    const problems = problemsOf({ DATABASE_URL: 'mysql://root:hunter2@db/interlock' });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^DATABASE_URL: /);
    expect(problems.join()).not.toContain('hunter2');
    const [short] = problemsOf({ INTERLOCK_METRICS_TOKEN: 'too short' });
    expect(short).toMatch(/^INTERLOCK_METRICS_TOKEN: expected/);
  });

  test.each(['9464', 'localhost', 'localhost:', ':9464', '::1:9464', 'localhost:70000', 'http://localhost:1'])(
    'refuses %s as an address with a port',
    (text) => {
      expect(problemsOf({ INTERLOCK_METRICS_ADDRESS: text })).toHaveLength(1);
    },
  );

  test('takes names and addresses of both families with a port', () => {
    for (const text of ['localhost:9464', '127.0.0.1:0', '[::1]:9464'])
      expect(loadConfig({ INTERLOCK_METRICS_ADDRESS: text }).metricsAddress).toBe(text);
    expect(hostAndPort('[::1]:9464')).toMatchObject({ host: '::1', port: 9464 });
  });

  test('secrets of tools and test switches may be set beside the settings', () => {
    expect(problemsOf({ INTERLOCK_SECRET_TOOL: 'x', INTERLOCK_TEST_FOLDER: '/tmp' })).toEqual([]);
  });

  test.each(Object.values(SETTINGS).map((setting) => [setting.env, setting.meaning] as const))(
    '%s says what it means',
    (env, meaning) => {
      expect(env).toMatch(/^(INTERLOCK_|OIDC_)?[A-Z_]+$/);
      expect(meaning).toMatch(/^[A-Z].{15,}\.$/);
    },
  );
});
