import { createPublicKey, verify } from 'node:crypto';
import { type PublicKey, partsOf, type RootLine, type SignedRoot } from './chain-lines.js';

/** A root as the hub published it outside its database. */
export interface PublishedRoot {
  poolId: string;
  number: number;
  hash: string;
  signature: string;
}

/** What was signed, where it was signed with one of the keys; else why it proves nothing, as the end of a sentence. */
export function signedRoot({ signature }: RootLine, keys: PublicKey[]): SignedRoot | string {
  const parts = partsOf(signature);
  if (parts?.alg !== 'EdDSA') return 'is not signed as roots are';
  const key = keys.find(({ x }) => x === parts.jwk.x);
  if (!key) return 'is signed with a key that is not one of the given public keys';
  return isSignedWith(key, parts.signed, parts.proof) ? parts.root : 'has a signature that is not right';
}

/** Why a signed root is not that of its line and place; null when it is. */
export function faultOfRoot(
  { number, hash, sealedAt }: RootLine,
  signed: SignedRoot,
  expected: Omit<SignedRoot, 'sealedAt'>,
): string | null {
  if (signed.pool !== expected.pool) return `was signed for another pool, ${signed.pool}`;
  if (signed.after !== expected.after) return `follows root ${signed.after}, which is not here`;
  if (number !== signed.number || hash !== signed.hash || sealedAt !== signed.sealedAt)
    return 'says other than what was signed';
  if (number !== expected.number) return `stands after number ${expected.number}`;
  if (hash !== expected.hash)
    return 'was signed for another hash: something before it was changed and the chain made anew';
  return null;
}

function isSignedWith({ kty, crv, x }: PublicKey, text: string, proof: Buffer): boolean {
  try {
    return verify(null, Buffer.from(text), createPublicKey({ key: { kty, crv, x }, format: 'jwk' }), proof);
  } catch {
    return false;
  }
}
