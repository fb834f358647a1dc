import { describe, expect, test } from '@jest/globals';
import { ConfigError, loadConfig, SETTINGS } from '../src/config.js';

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
    expect(text).toContain('NODE_ENV=staging: one of development, test, production is needed');
    expect(text).toContain('PORT=70000: a whole number from 0 to 65535 is needed');
    expect(text).toContain('LOG_LEVEL=loud: one of');
    expect(text).toContain('INTERLOCK_WORKER=perhaps: true or false is needed');
    expect(text).toContain('INTERLOCK_READ_POOL=1e3: a whole number');
    expect(text).toContain(
      'INTERLOCK_PUBLIC_URL=ftp://example.test: an address starting with http:// or https:// is needed',
    );
    expect(text).toContain('OIDC_ISSUER and OIDC_AUDIENCE: both or neither must be set');
    expect(text).toContain('INTERLOCK_TOOLS=/nowhere/tools.json: there is no such file');
    expect(text).toContain('INTERLOCK_WROKER: there is no such setting');
  });

  test('never prints a secret', () => {
    const problems = problemsOf({ DATABASE_URL: 'mysql://root:hunter2@db/interlock' });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^DATABASE_URL: /);
    expect(problems.join()).not.toContain('hunter2');
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
