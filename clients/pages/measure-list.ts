import type { Ask } from './ask.js';
import type { Render } from './render.js';
import { type Figure, figureInWords, verdicts } from './words.js';

const document = `query Measures($after: String) {
  outcomes(first: 50, after: $after) {
    nodes {
      title kind
      measures {
        id title
        latest { period value valueKind low high confidenceLevel status unit withdrawnBecause }
        assessment { verdict rule }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

interface Listed {
  title: string;
  kind: string;
  measures: {
    id: string;
    title: string;
    latest: Figure | null;
    assessment: { verdict: string; rule: string };
  }[];
}

/** Every outcome with its measures, the newest figure of each, and how it stands by which rule. */
export async function measureList(ask: Ask, render: Render, after: string | null): Promise<string> {
  const { outcomes } = await ask<{
    outcomes: { nodes: Listed[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
  }>({ document, variables: { after } });
  return render('measures.njk', {
    after,
    outcomes: outcomes.nodes
      .filter(({ measures }) => measures.length > 0)
      .map(({ title, kind, measures }) => ({
        title,
        isGuardrail: kind === 'GUARDRAIL',
        measures: measures.map(({ latest, assessment, ...measure }) => ({
          ...measure,
          ...{ period: latest?.period ?? null, figure: latest ? figureInWords(latest) : 'No figure yet' },
          ...{ verdict: verdicts[assessment.verdict] ?? assessment.verdict, rule: assessment.rule },
        })),
      })),
    pageInfo: outcomes.pageInfo,
  });
}
