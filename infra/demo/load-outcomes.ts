import { type Hub, marked, missionUnit } from './hub.js';
import type { DefinitionContent, Figure, MeasureContent, OutcomeContent, PublicationContent } from './shape.js';

const madeBy = 'Mission Delivery Unit (illustrative)';

/** Sources state the day of a release, not its hour. */
const instantOf = (day: string | undefined) => (day ? `${day}T00:00:00Z` : null);

export async function defineOutcome(hub: Hub, mission: string, content: OutcomeContent): Promise<void> {
  const { id, title, kind, challenge, illustrative = false, measures } = content;
  const releases = measures.map(({ definitions }) => definitions[0].releasedOn).sort();
  const input = { id, title, kind, missions: [mission], challenge, illustrative, releasedAt: instantOf(releases[0]) };
  await hub.does(missionUnit, 'defineOutcome', `outcome/${id}`, input, 'outcome { id }');
  for (const measure of measures) await defineMeasure(hub, id, measure);
}

async function defineMeasure(hub: Hub, outcome: string, content: MeasureContent): Promise<void> {
  const { id, title, steward, area, definitions, publications } = content;
  const statistician = `${steward}.statistician`;
  const [first, ...later] = definitions;
  const input = {
    id,
    title,
    outcome,
    nationalArea: area,
    definition: definitionOf(first),
    releasedAt: instantOf(first.releasedOn),
  };
  await hub.does(statistician, 'defineMeasure', `measure/${id}`, input, 'measure { id }');
  for (const [place, definition] of later.entries()) {
    const { comparable, reason } = definition.since!;
    const revision = {
      ...{ measure: id, definition: definitionOf(definition), releasedAt: instantOf(definition.releasedOn) },
      ...{ comparableWithPrevious: comparable, comparabilityReason: reason },
    };
    await hub.does(
      statistician,
      'reviseDefinition',
      `definition/${id}/${place + 2}`,
      revision,
      'definition { number }',
    );
  }
  for (const [place, publication] of publications.entries()) await publish(hub, content, publication, place + 1);
  await promise(hub, content);
}

const definitionOf = ({ formula, unit, decimals, polarity, frequency, source, since }: DefinitionContent) => ({
  ...{ formula, unit, decimals, polarity, frequency, source, validFrom: since?.validFrom ?? null },
});

async function publish(
  hub: Hub,
  { id, steward }: MeasureContent,
  publication: PublicationContent,
  place: number,
): Promise<void> {
  const { source, file, releasedOn, definition, reason, figures } = publication;
  const rows = Object.entries(figures).map(([period, figure]) => ({ period, ...statedIn(figure) }));
  const input = { measure: id, definition, releasedAt: instantOf(releasedOn), reason, source, file, rows };
  const fields = 'rows { row accepted userErrors { code message } }';
  const answer = await hub.does(
    `${steward}.statistician`,
    'publishObservations',
    `figures/${id}/${place}`,
    input,
    fields,
  );
  const refused = answer.rows.find((row: { accepted: boolean }) => !row.accepted);
  if (refused)
    throw new Error(
      `The demo world could not be loaded: a figure of ${id} was refused, ${refused.userErrors[0].message}`,
    );
}

const statuses = { B: 'BREAK', P: 'PROVISIONAL', E: 'ESTIMATED' };

const statedIn = (figure: Figure) =>
  typeof figure === 'object' && figure !== null
    ? { value: figure.value, status: statuses[figure.status] }
    : { value: figure };

/** Targets are real unless they say otherwise; trajectories and judgements are made up and say so. */
async function promise(hub: Hub, { id, targets, baseline, trajectory, judgement }: MeasureContent): Promise<void> {
  for (const { url, from, until, ...target } of targets ?? []) {
    const input = { measure: id, ...target, sourceUrl: url, periodStart: from, periodEnd: until };
    await hub.does(missionUnit, 'setTarget', `target/${target.id}`, input, 'target { id }');
  }
  if (baseline)
    await hub.does(missionUnit, 'setBaseline', `baseline/${id}`, { measure: id, ...baseline }, 'baseline { revision }');
  if (trajectory) {
    const { definition, method, points } = trajectory;
    const input = { measure: id, definition, method: marked(method), author: madeBy, points };
    await hub.does(missionUnit, 'setTrajectory', `trajectory/${id}`, input, 'trajectory { version }');
  }
  if (judgement)
    await hub.does(
      missionUnit,
      'judgeMeasure',
      `judgement/${id}`,
      { measure: id, ...judgement },
      'judgement { number }',
    );
}
