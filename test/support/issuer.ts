import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { Provider } from 'oidc-provider';

/** Audience that the test issuer puts into tokens for Interlock. */
export const AUDIENCE = 'urn:interlock';

interface Keys {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly jwk: object;
}

async function newKeys(kid: string): Promise<Keys> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { kid, privateKey, jwk: { ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' } };
}

/** How a token of the test differs from a good one. */
export interface MintOptions {
  readonly claims?: JWTPayload;
  readonly header?: Record<string, unknown>;
  readonly key?: CryptoKey | Uint8Array;
  readonly alg?: string;
}

// The flows of the tests store nothing; without an adapter of ours the provider warns that its own is for development
// only.
class NothingStored {
  async find(): Promise<undefined> {}
  async upsert(): Promise<void> {}
}

/**
 * A real OpenID Connect provider on a loopback address: discovery, JWKS, client credentials. Its keys can be changed
 * while it runs.
 */
export class TestIssuer {
  #keys!: Keys;
  #provider!: Provider;
  #server: Server;
  #rotations = 0;
  /** How often its keys were asked for. */
  keyRequests = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      if (request.url === '/jwks') this.keyRequests++;
      void this.#provider.callback()(request, response);
    });
  }

  static async start(port = 0): Promise<TestIssuer> {
    const issuer = new TestIssuer();
    await new Promise<void>((resolve) => issuer.#server.listen(port, '127.0.0.1', resolve));
    await issuer.rotate();
    return issuer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get privateKey(): CryptoKey {
    return this.#keys.privateKey;
  }

  /** Signs with new keys from now on; the old ones are gone. */
  async rotate(): Promise<void> {
    this.#keys = await newKeys(`key-${++this.#rotations}`);
    this.#provider = new Provider(this.url, {
      jwks: { keys: [this.#keys.jwk] },
      adapter: NothingStored,
      ttl: { ClientCredentials: 600 },
      cookies: { keys: ['only for tests'] },
      clients: [
        {
          client_id: 'pipeline',
          client_secret: 'a-secret-of-the-test',
          grant_types: ['client_credentials'],
          redirect_uris: [],
          response_types: [],
        },
      ],
      scopes: ['api'],
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => AUDIENCE,
          getResourceServerInfo: () => ({
            scope: 'api',
            audience: AUDIENCE,
            accessTokenFormat: 'jwt',
            accessTokenTTL: 600,
            jwt: { sign: { alg: 'RS256' } },
          }),
        },
      },
      extraTokenClaims: () => ({ roles: ['DEPLOYMENT_OPERATOR', 'something else'] }),
    });
  }

  /** A token by the client credentials flow, as a pipeline gets it. */
  async clientCredentials(): Promise<string> {
    const response = await fetch(`${this.url}/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from('pipeline:a-secret-of-the-test').toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: AUDIENCE, scope: 'api' }),
    });
    const body = (await response.json()) as { access_token?: string };
    if (body.access_token === undefined) throw new Error(JSON.stringify(body));
    return body.access_token;
  }

  /** A token of a person, signed with the issuer's key unless told otherwise. */
  async mint(
    now: Date,
    { claims = {}, header = {}, key = this.#keys.privateKey, alg = 'RS256' }: MintOptions = {},
  ): Promise<string> {
    const seconds = Math.floor(now.getTime() / 1000);
    const all = { iss: this.url, aud: AUDIENCE, sub: 'user-1', iat: seconds, exp: seconds + 600, ...claims };
    const present = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    return await new SignJWT(present).setProtectedHeader({ alg, kid: this.#keys.kid, ...header }).sign(key);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
