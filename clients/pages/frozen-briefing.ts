import { createHash } from 'node:crypto';
import type { Ask } from './ask.js';
import { dayInWords, inLondon } from './dates.js';
import type { Render } from './render.js';
import { type Figure, figureInWords, missionName, type Target, targetInWords, verdicts, withCommas } from './words.js';

// Nothing that tells of now is asked for: no `knownNow`, no `latest`, no newest target or trajectory. What is not pinned
// by the evidence itself (names, decisions, definitions) is cut at the instant of publishing by As-Known-At.
const document = `query FrozenBriefing($id: ID!) {
  briefing(id: $id) {
    id heldAt decisionMaker illustrative summary
    mission { name purpose }
    experts { id name }
    outcomes { title }
    measures { title }
    steps { state releasedAt }
    evidence {
      lockedAt
      measure { title outcome { title } steward { id name } definitions { number unit formula source } }
      knownThen {
        definition verdict rule
        figure { period value valueKind low high confidenceLevel status unit vintage releasedAt withdrawnBecause }
        trajectory { version definition method author points { period value low high } }
        targets { definition revision kind value upper periodStart periodEnd legalBasis note }
      }
    }
    decisions { account decision { id question chosen rationale decidedAt decider { id name } } }
  }
}`;

interface Named {
  id: string;
  name: string;
}

interface Definition {
  number: number;
  unit: string;
  formula: string;
  source: string;
}

interface Evidence {
  lockedAt: string;
  measure: { title: string; outcome: { title: string } | null; steward: Named | null; definitions: Definition[] };
  knownThen: {
    definition: number;
    verdict: string;
    rule: string;
    figure: Figure | null;
    trajectory: {
      version: number;
      definition: number;
      method: string;
      author: string;
      points: { period: string; value: string; low: string | null; high: string | null }[];
    } | null;
    targets: (Target & { definition: number; revision: number })[];
  };
}

/** A published briefing, as it was known at the instant it was published. */
export interface BriefingThen {
  id: string;
  heldAt: string;
  decisionMaker: string;
  illustrative: boolean;
  summary: string;
  mission: { name: string; purpose: string } | null;
  experts: Named[] | null;
  outcomes: { title: string }[];
  measures: { title: string }[];
  steps: { state: string; releasedAt: string }[];
  evidence: Evidence[];
  decisions: {
    account: string;
    decision: {
      id: string;
      question: string;
      chosen: string | null;
      rationale: string | null;
      decidedAt: string | null;
      decider: Named | null;
    } | null;
  }[];
}

export interface Frozen {
  /** The part that /briefings/<id> shows too. */
  article: string;
  page: string;
  /** SHA-256 of the page's bytes, in hexadecimal digits. */
  hash: string;
}

/** What never changes of a briefing, read as it was known when it was published. */
export async function frozenBriefing(ask: Ask, render: Render, id: string, publishedAt: string): Promise<Frozen> {
  const { briefing } = await ask<{ briefing: BriefingThen }>({ document, variables: { id }, asKnownAt: publishedAt });
  return frozenPage(render, briefing);
}

/** Edition 1 of frozen pages; another look is another edition, for what is published from then on. */
export function frozenPage(render: Render, briefing: BriefingThen): Frozen {
  const stepInto = (state: string) => inLondon(briefing.steps.find((step) => step.state === state)!.releasedAt);
  const view = {
    ...briefing,
    mission: { name: missionName(briefing.mission), purpose: briefing.mission?.purpose ?? 'It is not stated' },
    heldAt: inLondon(briefing.heldAt),
    publishedAt: stepInto('PUBLISHED'),
    lockedAt: stepInto('EVIDENCE_LOCKED'),
    experts: (briefing.experts ?? []).map(({ name }) => name),
    looksAt: [...briefing.outcomes, ...briefing.measures].map(({ title }) => title),
    said: briefing.summary.split(/\n\s*\n/),
    evidence: briefing.evidence.map(evidenceInWords),
    decisions: briefing.decisions.map(({ account, decision }) => ({
      ...{ account, decision },
      decidedAt: decision?.decidedAt ? inLondon(decision.decidedAt) : null,
    })),
  };
  const article = render('frozen-1-article.njk', view);
  const page = render('frozen-1.njk', { id: briefing.id, name: view.mission.name, article });
  return { article, page, hash: createHash('sha256').update(page).digest('hex') };
}

function evidenceInWords({ measure, knownThen }: Evidence) {
  const { verdict, rule, figure, trajectory, targets } = knownThen;
  const definition = (number: number) => measure.definitions.find((each) => each.number === number);
  const point = figure && trajectory?.points.find(({ period }) => period === figure.period);
  const band = point?.low && point.high ? `, on course from ${withCommas(point.low)} to ${withCommas(point.high)}` : '';
  return {
    ...{ title: measure.title, outcome: measure.outcome?.title, steward: measure.steward?.name, rule },
    verdict: verdicts[verdict] ?? verdict,
    figure: figure && {
      ...{ period: figure.period, vintage: figure.vintage, words: figureInWords(figure) },
      releasedAt: inLondon(figure.releasedAt),
    },
    expected: trajectory && {
      words: point && `${withCommas(point.value)} ${definition(trajectory.definition)?.unit ?? ''}${band}`,
      ...{ version: trajectory.version, method: trajectory.method, author: trajectory.author },
    },
    targets: targets.map((target) => ({
      words: targetInWords(target, definition(target.definition)?.unit ?? '', dayInWords),
      revision: target.revision,
    })),
    definition: definition(knownThen.definition),
  };
}
