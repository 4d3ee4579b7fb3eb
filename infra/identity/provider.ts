import { type JsonWebKey, randomBytes } from 'node:crypto';
import type { Adapter, ClientMetadata, Configuration, errors, JWK, Provider } from 'oidc-provider';
import { type DemoClient, demoClient, demoSecret } from './demo-clients.js';

interface Library {
  Provider: typeof Provider;
  errors: typeof errors;
}

// The library is an ES module only. The compiler that jest uses turns a written import() into require(), which cannot
// load it; an import made here at run time is left alone, in jest and outside. Its text differs each time: V8 keeps what
// it compiled from equal texts, together with the test file it was compiled for, which may be over by now.
const load = new Function('name', `return import(name) // ${process.hrtime.bigint()}`) as (
  name: 'oidc-provider',
) => Promise<Library>;

export interface ProviderOptions {
  issuer: string;
  audience: string;
  key: JsonWebKey;
}

const tokenSeconds = 15 * 60;

/** Loads the library and gives the way to make a provider: loading takes a second, making one takes none. */
export async function loadProvider(): Promise<(options: ProviderOptions) => Provider> {
  const { Provider, errors } = await load('oidc-provider');
  return (options) => {
    const provider = new Provider(options.issuer, configuration(options, errors));
    provider.use(async (context, next) => {
      await next();
      // There is nobody to sign in by a browser here, so the document must not send browsers anywhere.
      if (context.path === '/.well-known/openid-configuration') delete context.body?.authorization_endpoint;
    });
    return provider;
  };
}

function configuration({ audience, key }: ProviderOptions, { InvalidTarget }: Library['errors']): Configuration {
  // Resource indicators (RFC 8707) must be URIs, an audience need not be one.
  const hub = URL.canParse(audience) ? audience : `urn:${audience}`;
  const off = { enabled: false };
  return {
    adapter: (name) => (name === 'Client' ? demoClients : nothing),
    jwks: { keys: [key as JWK] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    responseTypes: [],
    scopes: ['openid'],
    ttl: { ClientCredentials: tokenSeconds },
    clientBasedCORS: () => false,
    renderError: (context, out) => {
      context.body = out;
    },
    extraTokenClaims: (_context, token) => {
      const { organisation, role } = demoClient(token.clientId!);
      return { org: organisation, roles: [role] };
    },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: off,
      userinfo: off,
      rpInitiatedLogout: off,
      pushedAuthorizationRequests: off,
      resourceIndicators: {
        enabled: true,
        defaultResource: () => hub,
        getResourceServerInfo: (_context, resource) => {
          if (resource !== hub) throw new InvalidTarget(`tokens are issued for ${hub} only`);
          return { scope: '', audience, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } };
        },
      },
    },
  };
}

/** Nothing is stored: a token carries all that it says, and clients are read from their ids. */
const nothing: Adapter = {
  upsert: async () => undefined,
  find: async () => undefined,
  findByUserCode: async () => undefined,
  findByUid: async () => undefined,
  consume: async () => undefined,
  destroy: async () => undefined,
  revokeByGrantId: async () => undefined,
};

const demoClients: Adapter = {
  ...nothing,
  find: async (id) => {
    let client: DemoClient;
    try {
      client = demoClient(id);
    } catch {
      return undefined;
    }
    return {
      client_id: client.id,
      client_secret: demoSecret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    } satisfies ClientMetadata;
  },
};
