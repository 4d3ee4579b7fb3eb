/** A public key as a JWK (RFC 8037). */
export interface PublicKey {
  kty: string;
  crv: string;
  x: string;
  kid?: string;
}

/** The first line of a chain: what it is of. */
export interface HeadLine {
  type: 'chain';
  pool: string;
  currency: string;
  /** When the last root was sealed. */
  knownAt: string;
  publicKeys: PublicKey[];
}

/** A transfer as it was sealed; its fields are those of services/budgets/README.md. */
export interface SealedTransfer {
  amount: string;
  currency: string;
  id: string;
  pool: string;
  postings: { account: string; amount: string }[];
  recordedAt: string;
  [more: string]: unknown;
}

export interface TransferLine {
  type: 'transfer';
  number: number;
  previousHash: string;
  hash: string;
  transfer: SealedTransfer;
}

/** A transfer that was not sealed yet: nothing proves it. */
export interface UnsealedLine {
  type: 'unsealed';
  transfer: SealedTransfer;
}

/** A signed root, right after the transfer with its number. */
export interface RootLine {
  type: 'root';
  number: number;
  hash: string;
  signature: string;
  sealedAt: string;
}

/** The last line: how much there is above it. */
export interface EndLine {
  type: 'end';
  transfers: number;
  roots: number;
  unsealed: number;
}

export type ChainLine = HeadLine | TransferLine | RootLine | UnsealedLine | EndLine;

export interface SignedRoot {
  after: number;
  hash: string;
  number: number;
  pool: string;
  sealedAt: string;
}

/** The parts of a JWS in compact form; null when it is none. Says nothing of whether the signature is right. */
export function partsOf(signature: string) {
  const [header, payload, proof, ...more] = signature.split('.');
  if (!header || !payload || !proof || more.length > 0) return null;
  const { alg, jwk } = (jsonOf(header) ?? {}) as { alg?: string; jwk?: PublicKey };
  const root = jsonOf(payload) as SignedRoot | null;
  if (!jwk || !root) return null;
  return { alg, jwk, root, signed: `${header}.${payload}`, proof: Buffer.from(proof, 'base64url') };
}

function jsonOf(base64url: string): unknown {
  try {
    return JSON.parse(Buffer.from(base64url, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}
