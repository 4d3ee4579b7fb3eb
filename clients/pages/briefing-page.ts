import type { Ask } from './ask.js';
import { dayInWords, inLondon } from './dates.js';
import { frozenBriefing } from './frozen-briefing.js';
import type { Render } from './render.js';
import {
  changeWords,
  type Figure,
  figureInWords,
  missionName,
  revisionReasons,
  type Target,
  targetInWords,
  verdicts,
} from './words.js';

const document = `query BriefingNow($id: ID!, $after: String) {
  briefing(id: $id) {
    steps { state releasedAt }
    mission { name }
    evidence {
      measure { title definitions { number unit } }
      changes
      knownThen { ...known }
      knownNow { ...known }
      restatements(first: 20) {
        nodes {
          period value valueKind unit releasedAt reason withdrawnBecause
          supersedes { value valueKind unit withdrawnBecause }
        }
        pageInfo { hasNextPage }
      }
    }
    questions(first: 50, after: $after) {
      nodes { id text askedFor askedBy { name } releasedAt answer { text releasedAt } }
      pageInfo { hasNextPage endCursor }
    }
  }
}
fragment known on KnownEvidence {
  definition verdict rule trajectory { version method author }
  targets { definition revision kind value upper periodStart periodEnd legalBasis note }
  figure { period value valueKind low high confidenceLevel status unit vintage releasedAt withdrawnBecause }
}`;

interface Step {
  state: string;
  releasedAt: string;
}

interface Known {
  definition: number;
  verdict: string;
  rule: string;
  trajectory: { version: number; method: string; author: string } | null;
  targets: (Target & { definition: number; revision: number })[];
  figure: Figure | null;
}

interface Since {
  measure: { title: string; definitions: { number: number; unit: string }[] };
  changes: string[];
  knownThen: Known;
  knownNow: Known;
  restatements: {
    nodes: (Figure & { reason: string; supersedes: Figure | null })[];
    pageInfo: { hasNextPage: boolean };
  };
}

interface BriefingNow {
  steps: Step[];
  mission: { name: string } | null;
  evidence: Since[] | null;
  questions: {
    nodes: {
      id: string;
      text: string;
      askedFor: string | null;
      askedBy: { name: string } | null;
      releasedAt: string;
      answer: { text: string; releasedAt: string } | null;
    }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
}

export const publishedAt = (steps: Step[]): string | null =>
  steps.find(({ state }) => state === 'PUBLISHED')?.releasedAt ?? null;

/** A published briefing: what is frozen of it, beside what has changed since and what was asked. Null: there is none. */
export async function briefingPage(ask: Ask, render: Render, id: string, after: string | null): Promise<string | null> {
  const { briefing } = await ask<{ briefing: BriefingNow | null }>({ document, variables: { id, after } });
  const published = briefing && publishedAt(briefing.steps);
  if (!published) return null;
  const { article, hash } = await frozenBriefing(ask, render, id, published);
  const { nodes, pageInfo } = briefing.questions;
  const evidence = briefing.evidence ?? [];
  return render('briefing.njk', {
    ...{ id, article, hash, after, pageInfo },
    name: missionName(briefing.mission),
    publishedAt: inLondon(published),
    closed: briefing.steps.some(({ state }) => state === 'QUESTIONS_CLOSED'),
    changed: evidence.filter(hasChanged).map(changeOf),
    unchanged: evidence.filter((each) => !hasChanged(each)).map(({ measure }) => measure.title),
    questions: nodes.map((question) => ({
      ...question,
      askedBy: question.askedBy?.name ?? null,
      askedAt: inLondon(question.releasedAt),
      answeredAt: question.answer && inLondon(question.answer.releasedAt),
    })),
  });
}

const hasChanged = ({ changes, restatements }: Since) => changes.length > 0 || restatements.nodes.length > 0;

function changeOf({ measure, changes, knownThen, knownNow, restatements }: Since) {
  return {
    title: measure.title,
    what: changes.map((change) => changeWords[change] ?? change),
    known: [standing(knownThen, measure), standing(knownNow, measure)],
    restatements: restatements.nodes.map((figure) => ({
      period: figure.period,
      was: figure.supersedes ? shortly(figure.supersedes) : 'not there',
      is: shortly(figure),
      ...{ at: inLondon(figure.releasedAt), why: revisionReasons[figure.reason] ?? figure.reason },
    })),
    moreRestated: restatements.pageInfo.hasNextPage,
  };
}

const shortly = ({ value, valueKind, unit, withdrawnBecause }: Figure) =>
  figureInWords({ value, valueKind, unit, withdrawnBecause });

function standing(known: Known, { definitions }: Since['measure']) {
  const { figure, verdict, rule, definition, trajectory, targets } = known;
  const unitOf = (target: Known['targets'][number]) =>
    definitions.find(({ number }) => number === target.definition)?.unit ?? '';
  return {
    ...{ rule, definition, period: figure?.period ?? null, figure: figure ? figureInWords(figure) : 'No figure' },
    ...{ vintage: figure?.vintage ?? null, knownSince: figure && inLondon(figure.releasedAt) },
    verdict: verdicts[verdict] ?? verdict,
    course: trajectory ? `version ${trajectory.version}: ${trajectory.method}, ${trajectory.author}` : 'none',
    targets: targets.map(
      (target) => `${targetInWords(target, unitOf(target), dayInWords)} (revision ${target.revision})`,
    ),
  };
}
