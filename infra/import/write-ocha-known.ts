import type { Question } from './client.js';
import type { Agreement } from './read-ocha-agreements.js';
import { eachOf, type Work } from './write-batches.js';
import { donorId, missionOf } from './write-ocha-funds.js';
import { sourceSystem } from './write-ocha-terms.js';
import { missionFinance } from './write-organisations.js';

interface Listed {
  contributions: {
    nodes: { sourceSystem: string | null; sourceRecordId: string | null; contributor: { id: string } }[];
    pageInfo: { endCursor: string | null; hasNextPage: boolean };
  };
}

const read = `query Known($mission: ID!, $after: String) {
  contributions(first: 100, after: $after, filter: { mission: $mission }) {
    nodes { sourceSystem sourceRecordId contributor { id } }
    pageInfo { endCursor hasNextPage }
  }
}`;

/**
 * Leaves out agreements that the hub has under another donor. Between two vintages donors are renamed ("QC" became
 * "Qatar Charity") or put right; published under the new name too, the agreement would bind twice.
 */
export async function withoutOtherDonors(
  work: Work,
  stage: string,
  agreements: readonly Agreement[],
): Promise<Agreement[]> {
  const missions = [...new Set(agreements.map(({ fund }) => missionOf(fund)))];
  const contributors = new Map<string, Set<string>>();
  await eachOf(missions, 2, async (mission) => {
    for (const [code, contributor] of await publishedIn(work, mission)) {
      contributors.set(code, (contributors.get(code) ?? new Set()).add(contributor));
    }
  });
  return agreements.filter(({ code, donor, lines }) => {
    const known = contributors.get(code);
    if (!known || known.has(donorId(donor))) return true;
    const reason = `${code} is in the hub as a contribution of ${[...known].join(' and ')}; a contribution does not change its contributor.`;
    work.report.refuse(stage, { row: lines[0] ?? null, column: 'DonorName', reason, value: donor.name });
    return false;
  });
}

async function publishedIn({ hub }: Work, mission: string): Promise<[code: string, contributor: string][]> {
  const found: [string, string][] = [];
  let after: string | null = null;
  let more = true;
  while (more) {
    const variables = { mission, after };
    const question: Question = { service: 'contributions', client: missionFinance, document: read, variables };
    const { contributions: page } = await hub.ask<Listed>(question);
    for (const { sourceSystem: system, sourceRecordId: code, contributor } of page.nodes) {
      if (system === sourceSystem && code) found.push([code, contributor.id]);
    }
    after = page.pageInfo.endCursor;
    more = page.pageInfo.hasNextPage;
  }
  return found;
}
