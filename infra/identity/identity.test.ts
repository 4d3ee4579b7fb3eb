import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { demoClient } from './demo-clients.js';
import { type Issuer, startIssuer } from './issuer.js';
import { requestToken } from './request-token.js';

const audience = 'mission-budget-hub';
let folder: string;
let identity: Issuer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'identity-'));
  identity = await startIssuer({ port: 0, audience });
});

afterAll(async () => {
  await identity?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const discover = async ({ issuer }: Issuer) =>
  (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as Record<string, unknown>;

/** Verifies as a subgraph does: with the keys that the issuer publishes. */
async function verify(token: string, by: Issuer) {
  const keys = createRemoteJWKSet(new URL(String((await discover(by)).jwks_uri)));
  return jwtVerify(token, keys, { issuer: by.issuer, audience, algorithms: ['ES256'] });
}

async function ask(form: Record<string, string>, headers: Record<string, string> = {}) {
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...form });
  const response = await fetch(`${identity.issuer}/token`, { method: 'POST', body, headers });
  return { status: response.status, ...((await response.json()) as { error?: string; access_token?: string }) };
}

describe('discovery', () => {
  it('names the token and key addresses under the name of the issuer, whatever name the caller used', async () => {
    const documents = [await discover(identity), await discover({ ...identity, issuer: byAddress(identity) })];
    for (const document of documents) {
      expect(document).toMatchObject({
        issuer: identity.issuer,
        token_endpoint: `${identity.issuer}/token`,
        jwks_uri: `${identity.issuer}/jwks`,
        grant_types_supported: ['client_credentials'],
      });
      expect(document).not.toHaveProperty('authorization_endpoint');
    }
  });

  it('publishes no private part of the signing key', async () => {
    const { keys } = (await (await fetch(`${identity.issuer}/jwks`)).json()) as { keys: Record<string, unknown>[] };
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' });
    expect(keys[0]).not.toHaveProperty('d');
  });

  it('has no sign-in pages for browsers', async () => {
    for (const path of ['/auth', '/me', '/session/end', '/reg']) {
      expect((await fetch(`${identity.issuer}${path}`)).status).toBe(404);
    }
  });
});

const byAddress = ({ issuer }: Issuer) => issuer.replace('localhost', '127.0.0.1');

describe('an access token', () => {
  it('says who, for which organisation and in which role, for a quarter of an hour', async () => {
    const token = await identity.tokenFor('department-for-education.accounting-officer');
    const { payload, protectedHeader } = await verify(token, identity);
    expect(protectedHeader).toMatchObject({ alg: 'ES256', kid: expect.any(String) });
    expect(payload).toMatchObject({
      iss: identity.issuer,
      aud: audience,
      sub: 'department-for-education.accounting-officer',
      org: 'department-for-education',
      roles: ['accounting-officer'],
    });
    expect(payload.exp! - payload.iat!).toBe(900);
  });

  it('is given for any organisation with a valid id, short or long', async () => {
    for (const organisation of ['a', '1', 'un-ocha-2', 'x'.repeat(120)]) {
      const { payload } = await verify(await identity.tokenFor(`${organisation}.publisher`), identity);
      expect(payload.org).toBe(organisation);
    }
  });

  it('is given for the central roles to the organisations that hold them', async () => {
    for (const client of [
      'mission-delivery-unit.mission-unit',
      'mission-delivery-unit.mission-finance',
      'mission-delivery-unit.auditor',
      'national-audit-office.auditor',
    ]) {
      const { payload } = await verify(await identity.tokenFor(client), identity);
      expect(payload.roles).toEqual([client.split('.')[1]]);
    }
  });

  it('is given for credentials in the Authorization header too', async () => {
    const authorization = `Basic ${Buffer.from('home-office.publisher:demo').toString('base64')}`;
    const answer = await ask({}, { authorization });
    expect((await verify(answer.access_token!, identity)).payload.sub).toBe('home-office.publisher');
  });

  it('does not verify with the keys of another issuer', async () => {
    const other = await startIssuer({ port: 0, audience });
    try {
      const [ours, theirs] = [await identity.tokenFor('a.publisher'), await other.tokenFor('a.publisher')];
      await expect(verify(ours, other)).rejects.toThrow(/no applicable key/);
      await expect(verify(theirs, identity)).rejects.toThrow(/no applicable key/);
    } finally {
      await other.stop();
    }
  });

  it('is given to hundreds of organisations that ask at once', async () => {
    const clients = Array.from({ length: 200 }, (_, index) => `donor-${index}.publisher`);
    const tokens = await Promise.all(clients.map((client) => identity.tokenFor(client)));
    expect(new Set(tokens).size).toBe(200);
  });
});

describe('no access token is given', () => {
  it('for a wrong secret or none', async () => {
    const wrong = await ask({ client_id: 'home-office.publisher', client_secret: 'guess' });
    expect(wrong).toMatchObject({ status: 401, error: 'invalid_client' });
    const none = await ask({ client_id: 'home-office.publisher' });
    expect(none).toMatchObject({ status: 401, error: 'invalid_client' });
    await expect(requestToken(identity.issuer, 'home-office.publisher', 'guess')).rejects.toThrow(
      /knows no client home-office\.publisher with this secret/,
    );
  });

  it.each([
    ['an unknown role', 'home-office.minister'],
    ['a central role of another organisation', 'home-office.mission-unit'],
    ['central finance of another organisation', 'home-office.mission-finance'],
    ['an auditor who is not one', 'home-office.auditor'],
    ['no role', 'home-office'],
    ['no organisation', '.publisher'],
    ['an organisation that is no slug', 'Home_Office.publisher'],
    ['an organisation that ends in a hyphen', 'home-office-.publisher'],
    ['an organisation with a dot', 'home.office.publisher'],
    ['an organisation with a line end', 'home-office\n.publisher'],
    ['an organisation that is too long', `${'x'.repeat(121)}.publisher`],
    ['a word every object knows', 'home-office.constructor'],
  ])('for %s', async (_, client) => {
    expect(await ask({ client_id: client, client_secret: 'demo' })).toMatchObject({
      status: 401,
      error: 'invalid_client',
    });
  });

  it('by another grant or for another audience', async () => {
    const client = { client_id: 'home-office.publisher', client_secret: 'demo' };
    expect(await ask({ ...client, grant_type: 'password' })).toMatchObject({ error: 'unsupported_grant_type' });
    expect(await ask({ ...client, resource: 'https://other.example' })).toMatchObject({ error: 'invalid_target' });
  });
});

describe('a demo client that does not exist', () => {
  it.each([
    ['nobody', /^"nobody" is not a client: write <organisation>\.<role>, for example [\w.-]+\.$/],
    ['home-office.minister', /^There is no role "minister": the roles are publisher, [\w, -]+\.$/],
    ['home-office.mission-unit', /^Only mission-delivery-unit can hold .*: use mission-delivery-unit\.mission-unit\.$/],
    ['home-office.auditor', /^Only national-audit-office and mission-delivery-unit can hold the role auditor: use /],
    [`${'x'.repeat(500)}\u001b`, /^"x{60}\.\.\." is not a client/],
  ])('is explained in one sentence (%#)', (client, sentence) => {
    expect(() => demoClient(client)).toThrow(sentence);
  });
});

describe('the signing key', () => {
  it('survives a restart in a file that only its owner can read', async () => {
    const keysFile = join(folder, 'kept', 'signing-key.json');
    const first = await startIssuer({ port: 0, audience, keysFile });
    const token = await first.tokenFor('a.publisher');
    await first.stop();
    expect(statSync(keysFile).mode & 0o777).toBe(0o600);
    const second = await startIssuer({ port: Number(new URL(first.issuer).port), audience, keysFile });
    try {
      await expect(verify(token, second)).resolves.toBeDefined();
    } finally {
      await second.stop();
    }
  });

  it('differs at every start without a file', async () => {
    const other = await startIssuer({ port: 0, audience });
    const kid = async (issuer: Issuer) => decodeProtectedHeader(await issuer.tokenFor('a.publisher')).kid;
    const kids = [await kid(identity), await kid(other)];
    await other.stop();
    expect(kids[0]).not.toBe(kids[1]);
  });

  it.each([
    ['half a file', '{"kty":"EC"'],
    ['no key', '{}'],
    ['a key of another curve', '{"kty":"OKP","crv":"Ed25519","x":"A","d":"A"}'],
  ])('that is damaged (%s) stops the start with one sentence', async (_, text) => {
    const keysFile = join(folder, 'damaged.json');
    writeFileSync(keysFile, text);
    await expect(startIssuer({ port: 0, audience, keysFile })).rejects.toThrow(
      `The file ${keysFile} does not hold a P-256 private key: delete it and the issuer makes a new one.`,
    );
  });
});

describe('the issuer', () => {
  it('listens on loopback only', async () => {
    await expect(startIssuer({ port: 0, audience, host: '0.0.0.0' })).rejects.toThrow(/never leaves this machine/);
  });

  it('refuses a port that is taken', async () => {
    const port = Number(new URL(identity.issuer).port);
    await expect(startIssuer({ port, audience })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('answers no more once it is stopped, and can be stopped twice', async () => {
    const other = await startIssuer({ port: 0, audience });
    await other.tokenFor('a.publisher');
    await Promise.all([other.stop(), other.stop()]);
    await expect(other.tokenFor('a.publisher')).rejects.toThrow(/does not answer: start the hub/);
  });
});
