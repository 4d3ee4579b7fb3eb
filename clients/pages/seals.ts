import type { Ask } from './ask.js';
import { inLondon } from './dates.js';
import type { Render } from './render.js';

const document = `query Seals($after: String) {
  pooledBudgets(first: 100, after: $after) {
    nodes { id name illustrative seal { number hash signature sealedAt } }
    pageInfo { hasNextPage endCursor }
  }
}`;

interface Sealed {
  id: string;
  name: string;
  illustrative: boolean;
  seal: { number: number; hash: string; signature: string; sealedAt: string } | null;
}

interface SealedPage {
  nodes: Sealed[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

const page = async (ask: Ask, after: string | null): Promise<SealedPage> =>
  (await ask<{ pooledBudgets: SealedPage }>({ document, variables: { after } })).pooledBudgets;

/** The newest signed root of each pool's ledger, a hundred pools at a time. */
export async function sealList(ask: Ask, render: Render, after: string | null): Promise<string> {
  const { nodes, pageInfo } = await page(ask, after);
  const pools = nodes.map(({ seal, ...pool }) => ({
    ...pool,
    seal: seal && { number: seal.number, hash: seal.hash, sealedAt: inLondon(seal.sealedAt) },
  }));
  return render('seals.njk', { after, pools, pageInfo });
}

/** The same of all pools, a line each as the ledger publishes its roots: what `hub verify --roots` reads. */
export async function sealLines(ask: Ask): Promise<string> {
  const lines: string[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const { nodes, pageInfo }: SealedPage = await page(ask, after);
    for (const { id: poolId, seal } of nodes) {
      if (!seal) continue;
      const { number, hash, signature, sealedAt } = seal;
      lines.push(`${JSON.stringify({ poolId, number, hash, signature, sealedAt })}\n`);
    }
    [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
  }
  return lines.join('');
}
