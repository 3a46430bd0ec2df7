import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, onTestFinished, test } from 'vitest';
import { RaterVisitor } from '../support/rating.js';
import { pathFor, recruitingSite, somebody, type Arriving } from './support.js';

interface Change {
  readonly key?: CryptoKey;
  readonly audience?: string;
  readonly ends?: number;
  readonly prolific?: Readonly<Record<string, string>>;
}

/** A server with the public half of a key, where Prolific has its own, and how to sign with it. */
async function prolificKeys() {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const { privateKey: another } = await generateKeyPair('RS256');
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }];
  let status = 200;
  const server = createServer((request, response) => {
    const known = request.url === '/.well-known/study/jwks.json';
    response.writeHead(known ? status : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  const sign = ({ person, session, study }: Arriving, site: string, change: Change = {}) =>
    new SignJWT({
      prolific: {
        PROLIFIC_PID: person,
        STUDY_ID: study,
        SESSION_ID: session,
        workspace_id: 'w',
        ...change.prolific,
      },
    })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setIssuer('https://www.prolific.com')
      .setAudience(change.audience ?? `${site}/p/anything`)
      .setExpirationTime(Math.floor((change.ends ?? Date.now() + 60_000) / 1000))
      .sign(change.key ?? privateKey);
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sign,
    another,
    fail: () => void (status = 500),
  };
}

test('a signed link is taken where its signature is right, and named where it is not', async () => {
  const keys = await prolificKeys();
  const { site, recruitment, lines } = await recruitingSite({
    environment: { PROLIFIC_URL: keys.address },
    recruitment: { settings: { signed: true } },
  });
  const { baseUrl } = site.server.application.config;
  const person = somebody();
  const open = async (token: string | null): Promise<[number, string]> => {
    const signature = token === null ? '' : `&prolific_token=${token}`;
    const path = `${pathFor(recruitment, person)}${signature}`;
    const response = await new RaterVisitor(site.address).request(path);
    return [response.status, await response.text()];
  };
  const signed = (change?: Change) => keys.sign(person, baseUrl, change);
  expect((await open(await signed()))[0]).toBe(303);
  expect((await open(await signed({ audience: new URL(baseUrl).host })))[0]).toBe(303);
  const [header, payload, signature] = (await signed()).split('.');
  const { another } = keys;
  const refused: readonly (readonly [string, string | null, RegExp])[] = [
    ['none', null, /lacks the parameter prolific_token/],
    ['another key', await signed({ key: another }), /is not a signature/],
    ['another site', await signed({ audience: 'https://elsewhere.example' }), /not a signature/],
    ['another person', await signed({ prolific: { PROLIFIC_PID: 'x' } }), /not a signature/],
    ['another session', await signed({ prolific: { SESSION_ID: 'x' } }), /not a signature/],
    ['run out', await signed({ ends: Date.now() - 60_000 }), /has run out/],
    ['unsigned', `${btoa('{"alg":"none"}')}.${payload}.`, /not a signature/],
    ['cut', `${header}.${payload}.${signature?.slice(4)}`, /not a signature/],
    ['no token', 'token', /not a signature/],
  ];
  for (const [name, token, words] of refused) {
    const [status, page] = await open(token);
    expect([name, status]).toEqual([name, 403]);
    expect(page, name).toMatch(words);
  }
  expect(lines.join('')).not.toContain(person.person);
});

test('where the keys cannot be had, a link is neither taken nor called forged', async () => {
  const keys = await prolificKeys();
  keys.fail();
  const { site, recruitment } = await recruitingSite({
    environment: { PROLIFIC_URL: keys.address },
    recruitment: { settings: { signed: true } },
  });
  const person = somebody();
  const token = await keys.sign(person, site.server.application.config.baseUrl);
  const path = `${pathFor(recruitment, person)}&prolific_token=${token}`;
  const response = await new RaterVisitor(site.address).request(path);
  expect(response.status).toBe(503);
  expect(await response.text()).toContain('cannot be checked now');
});
