import 'reflect-metadata';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { gatewaySignature, isFromGateway, signInWith } from './caller.js';

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;
let issuer: string;
let server: Server;
let keys: Keys;
let strangers: Keys;
let fetched = 0;
let keysAreAway = false;

beforeAll(async () => {
  keys = await generateKeyPair('ES256');
  strangers = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k', alg: 'ES256' };
  server = createServer((request, response) => {
    fetched++;
    const answer = request.url === '/jwks' ? { keys: [jwk] } : { issuer, jwks_uri: `${issuer}/jwks` };
    if (keysAreAway && request.url === '/jwks') response.statusCode = 500;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server?.close();
});

const now = () => Math.floor(Date.now() / 1000);
const claims = (): JWTPayload => ({
  ...{ iss: issuer, aud: 'hub', sub: 'a.publisher', org: 'a', roles: ['publisher'] },
  ...{ iat: now(), exp: now() + 60 },
});

async function bearer(change: JWTPayload = {}, header: object = {}, signer: Keys = keys): Promise<string> {
  const token = new SignJWT({ ...claims(), ...change }).setProtectedHeader({ alg: 'ES256', kid: 'k', ...header });
  return `Bearer ${await token.sign(signer.privateKey)}`;
}

describe('sign-in', () => {
  it('makes a caller of a good token and the public of none', async () => {
    const signIn = signInWith(issuer, 'hub');
    const caller = await signIn(await bearer());
    expect({ ...caller, roles: [...caller!.roles] }).toEqual({
      subject: 'a.publisher',
      organisation: 'a',
      roles: ['publisher'],
    });
    expect(await signIn(undefined)).toBeNull();
  });

  it('gives the central roles only to the central unit', async () => {
    const caller = await signInWith(
      issuer,
      'hub',
    )(await bearer({ roles: ['mission-unit', 'mission-finance', 'approver', 'emperor'] }));
    expect([...caller!.roles]).toEqual(['approver']);
  });

  const refused: [string, () => Promise<string> | string][] = [
    ['another issuer', () => bearer({ iss: 'http://elsewhere.example' })],
    ['another audience', () => bearer({ aud: 'another' })],
    ['an hour ago', () => bearer({ iat: now() - 7200, exp: now() - 3600 })],
    ['the future', () => bearer({ iat: now() + 3600, exp: now() + 7200 })],
    ['a time that has not begun', () => bearer({ nbf: now() + 3600 })],
    ['another key', () => bearer({}, {}, strangers)],
    [
      'another key under a header that says where to find it',
      () => bearer({}, { jku: 'http://127.0.0.1:9/keys' }, strangers),
    ],
    ['no organisation', () => bearer({ org: undefined })],
    [
      'no algorithm',
      () =>
        `Bearer ${btoa('{"alg":"none"}').replaceAll('=', '')}.${btoa(JSON.stringify(claims())).replaceAll('=', '')}.x`,
    ],
    ['no token at all', () => 'Bearer nonsense'],
    ['another scheme', () => 'Basic YTpi'],
  ];
  it.each(refused)('refuses a token of %s', async (_, token) => {
    await expect(signInWith(issuer, 'hub')(await token())).rejects.toMatchObject({
      extensions: { code: 'UNAUTHENTICATED' },
    });
  });

  it('accepts a clock that is off by less than a minute', async () => {
    const caller = await signInWith(issuer, 'hub')(await bearer({ iat: now() + 50, exp: now() + 100 }));
    expect(caller!.organisation).toBe('a');
  });

  it('asks the issuer for its keys once, not for each token', async () => {
    const signIn = signInWith(issuer, 'hub');
    const before = fetched;
    for (let number = 0; number < 5; number++) await signIn(await bearer({ sub: `s${number}` }));
    expect(fetched - before).toBe(2);
  });

  it('says that the identity provider is away when it answers without keys', async () => {
    keysAreAway = true;
    await expect(signInWith(issuer, 'hub')(await bearer())).rejects.toMatchObject({
      extensions: { code: 'UNAVAILABLE' },
    });
    keysAreAway = false;
  });

  it('says that the identity provider is away when it is', async () => {
    const signIn = signInWith('http://127.0.0.1:9', 'hub');
    await expect(signIn(await bearer())).rejects.toMatchObject({
      extensions: { code: 'UNAVAILABLE', retryable: true },
    });
  });
});

describe('the gateway’s signature', () => {
  const parts = { authorization: 'Bearer x', asKnownAt: '', body: '{"query":"{ a }"}' };
  const secret = 'a secret of this test';

  it('covers the token, the cut and the body', () => {
    const signature = gatewaySignature(secret, parts);
    expect(isFromGateway(secret, parts, signature)).toBe(true);
    for (const change of [{ authorization: 'Bearer y' }, { asKnownAt: '2020-01-01T00:00:00.000Z' }, { body: '{}' }]) {
      expect(isFromGateway(secret, { ...parts, ...change }, signature)).toBe(false);
    }
    expect(isFromGateway('another secret', parts, signature)).toBe(false);
    expect(isFromGateway(secret, parts, undefined)).toBe(false);
  });

  it('is worth a minute', () => {
    expect(isFromGateway(secret, parts, gatewaySignature(secret, parts, now() - 61))).toBe(false);
    expect(isFromGateway(secret, parts, gatewaySignature(secret, parts, now() + 61))).toBe(false);
  });
});
