import type { Ask } from './ask.js';
import { inLondon } from './dates.js';
import type { Render } from './render.js';

// One question, so that what has come and what is still to come are told of the same instant.
const document = `query Releases($after: String, $isFirst: Boolean!) {
  toCome: releases(first: 100) @include(if: $isFirst) { nodes { ...announced } pageInfo { hasNextPage } }
  come: releases(come: true, first: 50, after: $after) {
    nodes { ...announced figuresOf { id title } }
    pageInfo { hasNextPage endCursor }
  }
}
fragment announced on Release { id title scheduledAt organisation { name } measures { id title } }`;

interface Announced {
  id: string;
  title: string;
  scheduledAt: string;
  organisation: { name: string } | null;
  measures: { id: string; title: string }[];
  figuresOf?: { id: string; title: string }[];
}

interface Listed {
  toCome?: { nodes: Announced[]; pageInfo: { hasNextPage: boolean } };
  come: { nodes: Announced[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}

/** The announced releases that are still to come, the next one first, and those that have, the last one first. */
export async function releaseList(ask: Ask, render: Render, after: string | null): Promise<string> {
  const { toCome, come } = await ask<Listed>({ document, variables: { after, isFirst: after === null } });
  const shown = ({ organisation, scheduledAt, ...release }: Announced) => ({
    ...release,
    ...{ publisher: publisherOf(organisation), at: inLondon(scheduledAt) },
  });
  return render('releases.njk', {
    after,
    toCome: toCome?.nodes.map(shown) ?? null,
    moreToCome: toCome?.pageInfo.hasNextPage ?? false,
    come: come.nodes.map(shown),
    pageInfo: come.pageInfo,
  });
}

/** Who publishes is kept by another register, which may not know the name. */
export const publisherOf = (organisation: { name: string } | null): string =>
  organisation?.name ?? 'an organisation not registered here';
