import type { Question } from './client.js';
import type { Agreement } from './read-ocha-agreements.js';
import { eachOf, type Work } from './write-batches.js';
import { donorId, missionOf } from './write-ocha-funds.js';
import { sourceSystem } from './write-ocha-terms.js';
import { missionFinance } from './write-organisations.js';

interface Node {
  id: string;
  sourceSystem: string | null;
  sourceRecordId: string | null;
  state: string;
  contributor: { id: string };
}

interface Listed {
  contributions: {
    nodes: Node[];
    pageInfo: { endCursor: string | null; hasNextPage: boolean };
  };
}

const read = `query Known($mission: ID!, $after: String) {
  contributions(first: 100, after: $after, filter: { mission: $mission }) {
    nodes { id sourceSystem sourceRecordId state contributor { id } }
    pageInfo { endCursor hasNextPage }
  }
}`;

/** What the hub has of an agreement before an import. */
export interface Known {
  contributor: string;
  id: string;
  state: string;
}

/** What the hub has already in the missions of these agreements, and in others, by code. */
export async function knownBefore(
  work: Work,
  agreements: readonly Agreement[],
  others: readonly string[],
): Promise<Map<string, Known[]>> {
  const missions = [...new Set([...agreements.map(({ fund }) => missionOf(fund)), ...others])];
  const known = new Map<string, Known[]>();
  await eachOf(missions, 2, async (mission) => {
    for (const { id, sourceSystem: system, sourceRecordId: code, state, contributor } of await listed(work, mission)) {
      if (system !== sourceSystem || !code) continue;
      known.set(code, [...(known.get(code) ?? []), { contributor: contributor.id, id, state }]);
    }
  });
  return known;
}

/**
 * Why an agreement cannot be published by its donor: the hub has it under another one. Between two vintages donors are
 * renamed ("QC" became "Qatar Charity") or put right; published under the new name too, it would bind twice.
 */
export function otherDonor({ code, donor }: Agreement, known: readonly Known[]): string | null {
  if (known.length === 0 || known.some(({ contributor }) => contributor === donorId(donor))) return null;
  const others = known.map(({ contributor }) => contributor).join(' and ');
  return `${code} is in the hub as a contribution of ${others}; a contribution does not change its contributor.`;
}

async function listed({ hub }: Work, mission: string): Promise<Node[]> {
  const found: Node[] = [];
  let after: string | null = null;
  let more = true;
  while (more) {
    const variables = { mission, after };
    const question: Question = { service: 'contributions', client: missionFinance, document: read, variables };
    const { contributions: page } = await hub.ask<Listed>(question);
    found.push(...page.nodes);
    after = page.pageInfo.endCursor;
    more = page.pageInfo.hasNextPage;
  }
  return found;
}
