import { type Hub, marked, missionUnit } from './hub.js';
import type { DefinitionContent, Figure, MeasureContent, OutcomeContent, PublicationContent } from './shape.js';

const madeBy = 'Mission Delivery Unit (illustrative)';

/** Sources state the day of a release, not its hour. */
const instantOf = (day: string | undefined) => (day ? `${day}T00:00:00Z` : null);

export async function defineOutcome(hub: Hub, mission: string, content: OutcomeContent): Promise<void> {
  const { id, title, kind, challenge, illustrative = false, measures } = content;
  const [earliest] = measures.map(({ definitions }) => definitions[0].releasedOn).sort();
  const input = { id, title, kind, missions: [mission], challenge, illustrative, releasedAt: instantOf(earliest) };
  await hub.does(missionUnit, 'defineOutcome', `outcome/${id}`, input);
  await Promise.all(measures.map((measure) => defineMeasure(hub, id, measure)));
}

async function defineMeasure(hub: Hub, outcome: string, content: MeasureContent): Promise<void> {
  const { id, title, steward, area, definitions, publications } = content;
  const statistician = `${steward}.statistician`;
  const [first, ...later] = definitions;
  const input = { id, title, outcome, nationalArea: area, ...definitionOf(first) };
  await hub.does(statistician, 'defineMeasure', `measure/${id}`, input);
  for (const [place, definition] of later.entries()) {
    const { comparable, reason } = definition.since!;
    const compared = { comparableWithPrevious: comparable, comparabilityReason: reason };
    const revision = { measure: id, ...definitionOf(definition), ...compared };
    await hub.does(statistician, 'reviseDefinition', `definition/${id}/${place + 2}`, revision);
  }
  // They go in this order, as all deeds of one client and name do: a later vintage follows an earlier one.
  await Promise.all(publications.map((publication, place) => publish(hub, content, publication, place + 1)));
  await promise(hub, content);
}

const definitionOf = ({ since, releasedOn, ...definition }: DefinitionContent) => ({
  definition: { ...definition, validFrom: since?.validFrom ?? null },
  releasedAt: instantOf(releasedOn),
});

async function publish(hub: Hub, measure: MeasureContent, content: PublicationContent, place: number): Promise<void> {
  const { source, file, releasedOn, definition, reason, figures } = content;
  const rows = Object.entries(figures).map(([period, figure]) => ({ period, ...statedIn(figure) }));
  const input = { measure: measure.id, definition, releasedAt: instantOf(releasedOn), reason, source, file, rows };
  const key = `figures/${measure.id}/${place}`;
  const answer = await hub.does(`${measure.steward}.statistician`, 'publishObservations', key, input);
  const [fault] = answer.rows.flatMap((row: { userErrors: { message: string }[] }) => row.userErrors);
  if (fault) throw new Error(`The demo world could not be loaded: a figure of ${key} was refused, ${fault.message}`);
}

const statuses = { B: 'BREAK', P: 'PROVISIONAL', E: 'ESTIMATED' };

const statedIn = (figure: Figure) =>
  typeof figure === 'object' && figure !== null
    ? { value: figure.value, status: statuses[figure.status] }
    : { value: figure };

/** Targets are real unless they say otherwise; trajectories and judgements are made up and say so. */
async function promise(hub: Hub, { id, targets, baseline, trajectory, judgement }: MeasureContent): Promise<void> {
  const deeds = (targets ?? []).map(({ url, from, until, ...target }) => {
    const input = { measure: id, ...target, sourceUrl: url, periodStart: from, periodEnd: until };
    return hub.does(missionUnit, 'setTarget', `target/${target.id}`, input);
  });
  if (baseline) deeds.push(hub.does(missionUnit, 'setBaseline', `baseline/${id}`, { measure: id, ...baseline }));
  if (trajectory) {
    const input = { measure: id, ...trajectory, method: marked(trajectory.method), author: madeBy };
    deeds.push(hub.does(missionUnit, 'setTrajectory', `trajectory/${id}`, input));
  }
  if (judgement) deeds.push(hub.does(missionUnit, 'judgeMeasure', `judgement/${id}`, { measure: id, ...judgement }));
  await Promise.all(deeds);
}
