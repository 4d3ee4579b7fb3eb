import { createHmac, timingSafeEqual } from 'node:crypto';
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import { Unauthenticated, Unavailable } from './refusal.js';

export const roles = [
  'publisher',
  'approver',
  'accounting-officer',
  'statistician',
  'mission-unit',
  'mission-finance',
  'auditor',
] as const;
export type Role = (typeof roles)[number];

/** The organisation whose officials hold the central roles. */
export const missionDeliveryUnit = 'mission-delivery-unit';

/** Who sent the request, as an access token says it. The public has no caller. */
export interface Caller {
  subject: string;
  organisation: string;
  roles: ReadonlySet<Role>;
}

export type SignIn = (authorization: string | undefined) => Promise<Caller | null>;

const leewaySeconds = 60;
const rememberedTokens = 5_000;

/**
 * Makes callers out of `Authorization: Bearer` headers: no header is the public (null), a bad token throws
 * Unauthenticated. Keys come only from the issuer's own discovery document; a token cannot name where to look.
 */
export function signInWith(issuer: string, audience: string): SignIn {
  const known = new Map<string, { caller: Caller; until: number }>();
  let keys: ReturnType<typeof createRemoteJWKSet> | undefined;
  return async (authorization) => {
    if (authorization === undefined || authorization === '') return null;
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1];
    if (!token) throw new Unauthenticated('The Authorization header does not hold a bearer token.');
    const remembered = known.get(token);
    if (remembered && remembered.until > Date.now()) return remembered.caller;
    keys ??= await discover(issuer);
    const claims = await verify(token, keys, issuer, audience);
    const caller = callerOf(claims);
    // A signature costs more to verify than everything else about sign-in, and clients reuse their tokens.
    if (known.size >= rememberedTokens) known.clear();
    known.set(token, { caller, until: claims.exp! * 1000 + leewaySeconds * 1000 });
    return caller;
  };
}

async function discover(issuer: string) {
  try {
    const answer = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
      signal: AbortSignal.timeout(3_000),
    });
    const { jwks_uri } = (await answer.json()) as { jwks_uri: string };
    return createRemoteJWKSet(new URL(jwks_uri), { timeoutDuration: 3_000 });
  } catch (cause) {
    throw new Unavailable('The identity provider does not answer; try again shortly.', { cause });
  }
}

async function verify(token: string, keys: ReturnType<typeof createRemoteJWKSet>, issuer: string, audience: string) {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: ['ES256', 'EdDSA', 'RS256', 'PS256'],
      clockTolerance: leewaySeconds,
      requiredClaims: ['exp', 'iat', 'sub'],
    });
    if (payload.iat! > Date.now() / 1000 + leewaySeconds) throw new Unauthenticated('The token is from the future.');
    return payload;
  } catch (cause) {
    if (cause instanceof Unauthenticated) throw cause;
    // A generic error of the library is an answer of the provider that holds no keys, such as its status 500.
    const away = [errors.JWKSTimeout.code, errors.JOSEError.code];
    const fault = !(cause instanceof errors.JOSEError) || away.includes(cause.code);
    if (fault) throw new Unavailable('The identity provider does not answer; try again shortly.', { cause });
    throw new Unauthenticated('The token is not valid here: wrong issuer, audience, signature or time.');
  }
}

function callerOf(claims: JWTPayload): Caller {
  const { org, roles: stated } = claims;
  if (typeof org !== 'string' || org === '' || !Array.isArray(stated)) {
    throw new Unauthenticated('The token names no organisation (org) or no roles.');
  }
  // The central roles mean something only in the central unit, whatever another organisation's token states.
  const held = roles.filter(
    (role) => stated.includes(role) && (!role.startsWith('mission-') || org === missionDeliveryUnit),
  );
  return { subject: claims.sub!, organisation: org, roles: new Set(held) };
}

/** The headers a request to a subgraph carries on; the gateway signs them together with the body. */
export interface SignedParts {
  authorization: string;
  asKnownAt: string;
  body: string;
}

/** The gateway's proof that a request passed it: `<unix seconds>.<base64url HMAC-SHA256>`. */
export function gatewaySignature(secret: string, parts: SignedParts, seconds = Math.floor(Date.now() / 1000)): string {
  const text = `${seconds}\n${parts.authorization}\n${parts.asKnownAt}\n${parts.body}`;
  return `${seconds}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

/** Whether the signature is the gateway's and at most a minute old or ahead. */
export function isFromGateway(secret: string, parts: SignedParts, signature: string | undefined): boolean {
  const seconds = Number(signature?.split('.')[0]);
  if (!signature || !(Math.abs(Date.now() / 1000 - seconds) <= leewaySeconds)) return false;
  const [given, expected] = [signature, gatewaySignature(secret, parts, seconds)].map((text) => Buffer.from(text));
  return given!.length === expected!.length && timingSafeEqual(given!, expected!);
}
