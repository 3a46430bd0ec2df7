import { expect, test } from 'vitest';
import { ConfigurationError, readConfig, settings } from '../../src/config.js';

const faultOf = (environment: Record<string, string>): string => {
  try {
    readConfig(environment);
    return '';
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
};

test('without any setting everything has its default', () => {
  expect(readConfig({})).toMatchObject({
    port: 3000,
    host: null,
    baseUrl: 'http://localhost:3000',
    trustedProxies: 0,
    metricsToken: null,
    database: { engine: 'sqlite' },
    environment: 'production',
  });
  expect(readConfig({ PORT: '', BASE_URL: ' ' })).toEqual(readConfig({}));
});

test('every example is a value that its setting takes', () => {
  for (const setting of settings)
    expect([setting.name, faultOf({ [setting.name]: setting.example })]).toEqual([
      setting.name,
      '',
    ]);
});

test.each<[string, string, string]>([
  ['PORT', '70000', 'is not between 0 and 65535'],
  ['PORT', '3e3', 'is not a whole number'],
  ['BASE_URL', 'assay.example.org', 'is not an address that begins with http:// or https://'],
  ['BASE_URL', 'https://example.org/assay', 'is more than an address'],
  ['BASE_URL', 'https://ada@example.org', 'is more than an address'],
  ['TRUSTED_PROXIES', 'true', 'is not a whole number'],
  ['LOG_LEVEL', 'verbose', 'is not one of fatal, error, warn, info, debug, trace, silent'],
  ['UPLOAD_LIMIT_MB', '0', 'is not between 1 and 1000000'],
  ...['a.org?x', 'a.org#x', 'a.org:', '*', 'a.org/v1', 'a@b.org', 'a.org:99999'].map(
    (host): [string, string, string] => ['MODEL_HOSTS', host, `has “${host}”, which is not a host`],
  ),
  ['NODE_ENV', 'staging', 'is not one of production, development, test'],
])('%s=%s names the variable, the fault and an example', (name, value, fault) => {
  const setting = settings.find((candidate) => candidate.name === name);
  expect(faultOf({ [name]: value })).toContain(`\n  ${name}: “${value}” ${fault}`);
  expect(faultOf({ [name]: value })).toContain(`Example: ${name}=${setting?.example ?? ''}`);
});

test('hosts of model servers are kept as addresses have them', () => {
  const hosts = 'API.example.org:443, a.org:80 [0:0:0:0:0:0:0:1]:8000 bücher.example 127.1';
  expect(readConfig({ MODEL_HOSTS: hosts }).models.hosts).toEqual([
    'api.example.org:443',
    'a.org:80',
    '[::1]:8000',
    'xn--bcher-kva.example',
    '127.0.0.1',
  ]);
});

test('secrets are not repeated, and all faults are said at once', () => {
  const message = faultOf({
    DATABASE_URL: 'mysql://assay:geheim@host/x',
    METRICS_TOKEN: 'kurz',
    PORT: 'x',
  });
  expect(message).toMatch(
    /PORT: .*\n {2}DATABASE_URL: its value is not an address that begins with postgres:.*\n {2}METRICS_TOKEN: its value is shorter than 16 characters/,
  );
  expect(message).not.toMatch(/geheim|kurz/);
});

test('https means a proxy in front: one is trusted unless told, none is refused', () => {
  const https = { BASE_URL: 'https://Assay.Example.org/' };
  expect(readConfig(https)).toMatchObject({
    baseUrl: 'https://assay.example.org',
    trustedProxies: 1,
  });
  expect(readConfig({ ...https, TRUSTED_PROXIES: '2' }).trustedProxies).toBe(2);
  expect(faultOf({ ...https, TRUSTED_PROXIES: '0' })).toMatch(
    /TRUSTED_PROXIES: “0” does not go with a BASE_URL of https.*Example: TRUSTED_PROXIES=1/,
  );
});
