import { HubFault } from '../gateway.js';
import { noHash } from './canonical.js';
import { type ChainLine, type PublicKey, partsOf, type SealedTransfer } from './chain-lines.js';
import type { Budget, LedgerReader, Root, Transfer } from './read-ledger.js';

/** The lines of a chain: each transfer in the order of its number, each root after its transfer, what is not sealed last. */
export async function* chainLines(
  ledger: LedgerReader,
  budget: Budget,
  advance: (transfers: number) => void,
): AsyncGenerator<ChainLine> {
  if (!budget.seal) throw new HubFault(`Nothing in budget ${budget.id} is sealed yet; try again in a second.`);
  const knownAt = budget.seal.sealedAt;
  const roots = await rootsOf(ledger, knownAt);
  const publicKeys = keysOf([...roots.values()]);
  yield { type: 'chain', pool: budget.id, currency: budget.currency, knownAt, publicKeys };
  const waiting = new Map<number, Transfer>();
  const unsealed: Transfer[] = [];
  let [number, previousHash] = [0, noHash];
  for await (const page of ledger.transfers(knownAt)) {
    for (const transfer of page) {
      if (transfer.requestedBy === null)
        throw new HubFault(
          'The hashes cover who asked and approved: sign in with --token or --client to export a chain.',
        );
      if (transfer.number === null) unsealed.push(transfer);
      else waiting.set(transfer.number, transfer);
    }
    // Ids are nearly in the order of the numbers; what comes too early waits for those before it.
    for (let next = waiting.get(number + 1); next; next = waiting.get(number + 1)) {
      waiting.delete(++number);
      yield { type: 'transfer', number, previousHash, hash: next.hash!, transfer: asSealed(next, budget.id) };
      previousHash = next.hash!;
      const root = roots.get(number);
      if (root) yield { type: 'root', ...root };
    }
    advance(page.length);
  }
  // A number is missing: the rest is written as it is, and verifying it names the gap.
  for (const rest of [...waiting.values()].sort((a, b) => a.number! - b.number!)) {
    yield {
      type: 'transfer',
      number: rest.number!,
      previousHash,
      hash: rest.hash!,
      transfer: asSealed(rest, budget.id),
    };
    previousHash = rest.hash!;
    number = rest.number!;
    const root = roots.get(number);
    if (root) yield { type: 'root', ...root };
  }
  for (const transfer of unsealed) yield { type: 'unsealed', transfer: asSealed(transfer, budget.id) };
  yield { type: 'end', transfers: number, roots: roots.size, unsealed: unsealed.length };
}

async function rootsOf(ledger: LedgerReader, knownAt: string): Promise<Map<number, Root>> {
  const roots = new Map<number, Root>();
  for await (const page of ledger.roots(knownAt)) for (const root of page) roots.set(root.number, root);
  return roots;
}

/** The keys that the roots state they are signed with. */
function keysOf(roots: Root[]): PublicKey[] {
  const keys = new Map<string, PublicKey>();
  for (const { signature } of roots) {
    const key = partsOf(signature)?.jwk;
    if (key) keys.set(key.x, key);
  }
  return [...keys.values()];
}

const byAccount = (a: { account: string }, b: { account: string }) => (a.account < b.account ? -1 : 1);

/** A transfer with the names and in the form that it was sealed in. */
export function asSealed(transfer: Transfer, pool: string): SealedTransfer {
  const { number: _number, hash: _hash, amount, reverses, contribution, allocation, ...rest } = transfer;
  const { drawdown, deposit, virement, postings, ...same } = rest;
  return {
    ...same,
    ...{ pool, amount: amount.amount, currency: amount.currency, reverses: reverses?.id ?? null },
    ...{ contribution: contribution?.id ?? null, allocation: allocation?.id ?? null, drawdown: drawdown?.id ?? null },
    ...{ deposit: deposit?.id ?? null, virement: virement?.id ?? null },
    postings: postings
      .map(({ account, amount: posted }) => {
        const { id, kind, financialYear, controlTotal } = account;
        return { account: id, kind, financialYear, controlTotal, amount: posted.amount };
      })
      .sort(byAccount),
  };
}
