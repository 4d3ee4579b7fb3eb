import type { Ask } from './ask.js';
import { publishedAt } from './briefing-page.js';
import { inLondon } from './dates.js';
import type { Render } from './render.js';
import { missionName } from './words.js';

const document = `query Briefings($after: String) {
  briefings(first: 100, after: $after) {
    nodes { id heldAt decisionMaker illustrative state mission { name } steps { state releasedAt } }
    pageInfo { hasNextPage endCursor }
  }
}`;

interface Listed {
  id: string;
  heldAt: string;
  decisionMaker: string;
  illustrative: boolean;
  state: string;
  mission: { name: string } | null;
  steps: { state: string; releasedAt: string }[];
}

/** What is announced, called off or not held yet stands in no list of accounts that were given. */
const held = ['HELD', 'PUBLISHED', 'QUESTIONS_CLOSED'];

/** The briefings that were held, the last one first; only those that are published have a page of their own. */
export async function briefingList(ask: Ask, render: Render, after: string | null): Promise<string> {
  const { briefings } = await ask<{
    briefings: { nodes: Listed[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
  }>({ document, variables: { after } });
  const shown = briefings.nodes.filter(({ state }) => held.includes(state));
  return render('briefings.njk', {
    after,
    briefings: shown.map(({ steps, heldAt, ...briefing }) => {
      const published = publishedAt(steps);
      return {
        ...briefing,
        mission: missionName(briefing.mission),
        heldAt: inLondon(heldAt),
        publishedAt: published && inLondon(published),
      };
    }),
    pageInfo: briefings.pageInfo,
  });
}
