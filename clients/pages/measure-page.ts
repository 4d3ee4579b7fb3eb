import type { Ask } from './ask.js';
import { dayInWords, inLondon } from './dates.js';
import { publisherOf } from './release-list.js';
import type { Render } from './render.js';
import {
  type Figure,
  figureInWords,
  revisionReasons,
  type Target,
  targetInWords,
  verdicts,
  withCommas,
} from './words.js';

// The area a measure is about as a whole never changes, so that it can be asked for by itself.
const areaDocument = 'query MeasureArea($id: ID!) { measure(id: $id) { nationalArea } }';

// All else in one question: figures, verdict and what is still to come are of the same instant.
const document = `query Measure($id: ID!, $area: String!, $after: String) {
  measure(id: $id) {
    title
    outcome { title }
    steward { name }
    nextRelease { id title scheduledAt }
    latest { ...figure }
    assessment { verdict rule judged { verdict name reason period } }
    projection { rule }
    baseline { comparable note observation { ...figure } }
    definitions { number formula unit source comparableWithPrevious comparabilityReason }
    targets {
      definition revision kind value upper periodStart periodEnd legalBasis note setBy
      assessment { verdict rule }
      cumulative { rule }
    }
    trajectories { name version definition method author points { period value low high } }
    observations(first: 100, after: $after, filter: { area: $area, dimensions: [] }) {
      nodes { ...figure definition reason supersedes { value valueKind unit withdrawnBecause } }
      pageInfo { hasNextPage endCursor }
    }
  }
}
fragment figure on Observation {
  period value valueKind low high confidenceLevel status unit vintage releasedAt withdrawnBecause
}`;

interface Ruling {
  verdict: string;
  rule: string;
}

interface Shown {
  title: string;
  outcome: { title: string } | null;
  steward: { name: string } | null;
  nextRelease: { id: string; title: string; scheduledAt: string } | null;
  latest: Figure | null;
  assessment: Ruling & { judged: { verdict: string; name: string; reason: string; period: string | null } | null };
  projection: { rule: string };
  baseline: { comparable: boolean; note: string | null; observation: Figure } | null;
  definitions: Definition[];
  targets: (Target & {
    definition: number;
    revision: number;
    setBy: string;
    assessment: Ruling;
    cumulative: { rule: string } | null;
  })[];
  trajectories: {
    name: string;
    version: number;
    definition: number;
    method: string;
    author: string;
    points: { period: string; value: string; low: string | null; high: string | null }[];
  }[];
  observations: {
    nodes: (Figure & { definition: number; reason: string; supersedes: Figure | null })[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
}

interface Definition {
  number: number;
  formula: string;
  unit: string;
  source: string;
  comparableWithPrevious: boolean | null;
  comparabilityReason: string | null;
}

/** A measure: how it stands and by which rule, what was promised, its figures as a whole, how it is counted. */
export async function measurePage(ask: Ask, render: Render, id: string, after: string | null): Promise<string | null> {
  const { measure: found } = await ask<{ measure: { nationalArea: string } | null }>({
    document: areaDocument,
    variables: { id },
  });
  if (!found) return null;
  const { measure } = await ask<{ measure: Shown | null }>({
    ...{ document, variables: { id, area: found.nationalArea, after } },
  });
  if (!measure) return null;
  const { latest, nextRelease, assessment, baseline, definitions, targets, observations } = measure;
  const unitOf = ({ definition }: { definition: number }) =>
    definitions.find(({ number }) => number === definition)?.unit ?? '';
  return render('measure.njk', {
    ...{
      id,
      after,
      title: measure.title,
      outcome: measure.outcome && measure.outcome.title !== measure.title ? measure.outcome.title : null,
      projection: measure.projection.rule,
    },
    steward: publisherOf(measure.steward),
    latest: latest && figureView(latest),
    ...rulingView(assessment),
    judged: assessment.judged && {
      ...assessment.judged,
      verdict: verdicts[assessment.judged.verdict] ?? assessment.judged.verdict,
    },
    nextRelease: nextRelease && { ...nextRelease, at: inLondon(nextRelease.scheduledAt) },
    baseline: baseline && { ...figureView(baseline.observation), comparable: baseline.comparable, note: baseline.note },
    targets: targets.map((target) => ({
      // Its note is part of the rule below it.
      words: targetInWords({ ...target, note: null }, unitOf(target), dayInWords),
      ...{ setBy: target.setBy, revision: target.revision, cumulative: target.cumulative?.rule ?? null },
      ...rulingView(target.assessment),
    })),
    courses: measure.trajectories.map(({ points, ...course }) => ({
      ...course,
      unit: unitOf(course),
      points: points.map(({ period, value, low, high }) => ({
        ...{ period, value: withCommas(value) },
        band: low && high ? `${withCommas(low)} to ${withCommas(high)}` : null,
      })),
    })),
    series: seriesOf(observations.nodes, definitions),
    definitions: [...definitions].reverse(),
    pageInfo: observations.pageInfo,
  });
}

/** One table for each definition, the newest first: what cannot be compared does not stand in one column. */
function seriesOf(figures: Shown['observations']['nodes'], definitions: Definition[]) {
  const numbers = definitions.map(({ number }) => number).reverse();
  return numbers
    .map((number) => ({
      number,
      figures: figures
        .filter(({ definition }) => definition === number)
        .map((figure) => ({
          ...figureView(figure),
          was: figure.supersedes && shortly(figure.supersedes),
          why: revisionReasons[figure.reason] ?? figure.reason,
        })),
    }))
    .filter((series) => series.figures.length > 0);
}

const rulingView = ({ verdict, rule }: Ruling) => ({ verdict: verdicts[verdict] ?? verdict, rule });

const figureView = (figure: Figure) => ({
  ...{ period: figure.period, words: figureInWords(figure), vintage: figure.vintage },
  since: inLondon(figure.releasedAt),
});

const shortly = ({ value, valueKind, unit, withdrawnBecause }: Figure) =>
  figureInWords({ value, valueKind, unit, withdrawnBecause });
