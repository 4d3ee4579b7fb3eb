import type { Ask } from './ask.js';
import { inLondon } from './dates.js';
import { publisherOf } from './release-list.js';
import type { Render } from './render.js';
import { type Figure, figureInWords, verdicts } from './words.js';

const document = `query Release($id: ID!) {
  release(id: $id) {
    title scheduledAt revision reason recordedAt calledOffAt hasCome
    organisation { name }
    measures { id title }
    figuresOf {
      id title
      latest { period value valueKind low high confidenceLevel status unit vintage releasedAt withdrawnBecause }
      assessment { verdict rule }
    }
  }
}`;

interface Released {
  title: string;
  scheduledAt: string;
  revision: number;
  reason: string | null;
  recordedAt: string;
  calledOffAt: string | null;
  hasCome: boolean;
  organisation: { name: string } | null;
  measures: { id: string; title: string }[];
  figuresOf: { id: string; title: string; latest: Figure | null; assessment: { verdict: string; rule: string } }[];
}

/** A release: what is announced of it, and from its hour on how the measures it has brought figures of stand. */
export async function releasePage(ask: Ask, render: Render, id: string): Promise<string | null> {
  const { release } = await ask<{ release: Released | null }>({ document, variables: { id } });
  if (!release) return null;
  const { organisation, scheduledAt, recordedAt, calledOffAt, figuresOf, ...rest } = release;
  return render('release.njk', {
    ...rest,
    publisher: publisherOf(organisation),
    ...{ at: inLondon(scheduledAt), revisedAt: inLondon(recordedAt), isCalledOff: calledOffAt !== null },
    standing: figuresOf.map(({ latest, assessment, ...measure }) => ({
      ...measure,
      ...{ period: latest?.period ?? null, figure: latest ? figureInWords(latest) : 'No figure' },
      ...{ verdict: verdicts[assessment.verdict] ?? assessment.verdict, rule: assessment.rule },
    })),
  });
}
