import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Caller } from '../kernel/caller.js';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { asJson, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { Refused, refuse, StaleVersion } from '../kernel/refusal.js';
import type { DefinitionVersion } from './definition.js';
import { definitionIn, measureToChange } from './measure-to-change.js';
import { observationId, pinOf } from './observation.js';
import { RevisionReason, ValueKind } from './observation-enums.js';
import { exampleOf, type Frequency, startOf } from './period.js';
import { PublishedKind, tellPublic } from './published-figures.js';
import { checkSaid } from './slug.js';
import { tellFigures } from './tell-published.js';
import { type Grave, insertTombstones, waits } from './vintages.js';

const mostFigures = 500;

@InputType({
  description: 'Figures of one measure to take back, 1 to 500: by the ids of vintages, by periods, or both.',
})
export class WithdrawObservationInput extends DeedInput {
  @Field(() => ID, { description: 'Id of the measure.' })
  measure: string;

  @Field(() => [ID], { defaultValue: [], description: 'Ids of vintages, each the newest of its figure.' })
  observations: string[];

  @Field(() => [String], {
    defaultValue: [],
    description: 'Periods by their labels: every figure of them, of all areas and breakdowns.',
  })
  periods: string[];

  @Field(() => Int, {
    nullable: true,
    description: 'The version of the definition whose periods are meant; left out, the newest.',
  })
  definition?: number | null;

  @Field(() => RevisionReason, { defaultValue: RevisionReason.ERROR, description: 'What kind of reason it is.' })
  reason: RevisionReason;

  @Field(() => String, { description: 'Why they are withdrawn, in a sentence; it is published.' })
  because: string;
}

@ObjectType({ description: 'What stands for a withdrawn figure.' })
export class Tombstone {
  @Field(() => ID, { description: 'Id of the vintage that says it was withdrawn.' })
  id: string;

  @Field(() => Int, { description: 'Number of that vintage.' })
  vintage: number;

  @Field(() => Boolean, { description: 'True when it was withdrawn before already; nothing was added then.' })
  unchanged: boolean;
}

@ObjectType({ description: 'The tombstones, or why nothing was withdrawn.' })
export class WithdrawObservationPayload extends DeedPayload {
  @Field(() => [Tombstone], {
    nullable: true,
    description: 'One for each figure, by series and period; null when declined.',
  })
  tombstones: Tombstone[] | null;
}

@Resolver()
export class WithdrawObservation {
  @Mutation(() => WithdrawObservationPayload, {
    description:
      'Withdraws published figures, all or none: each is followed by a tombstone with the reason, and what it said is read as known before, or among all vintages. What is withdrawn already stays as it is. Role: statistician of the steward. Refusals: BAD_USER_INPUT, UNKNOWN_MEASURE, UNKNOWN_DEFINITION, PERIOD_DOES_NOT_FIT, UNKNOWN_OBSERVATION, STALE_VERSION, EMBARGOED_VINTAGE_WAITS.',
  })
  async withdrawObservation(
    @Arg('input', () => WithdrawObservationInput, { description: 'What to withdraw.' })
    input: WithdrawObservationInput,
    @Ctx() context: Context,
  ): Promise<WithdrawObservationPayload> {
    const deed = { name: 'withdrawObservation', input, by: ['statistician'], ...asJson<Tombstone[]>() } as const;
    const { noun, ...done } = await perform(context, deed, (em, caller) => withdraw(em, caller, input));
    return { tombstones: noun, ...done };
  }
}

interface Newest extends Grave {
  valueKind: ValueKind;
  waitsIn: string | null;
  headline: boolean;
  frequency: Frequency;
}

async function withdraw(em: EntityManager, caller: Caller, input: WithdrawObservationInput): Promise<Tombstone[]> {
  checkSaid({ because: input.because });
  const may = { missionUnitToo: false, opensEmbargo: true };
  const { measure, definitions, now } = await measureToChange(em, input.measure, caller, may);
  const wanted = wantedIn(input, definitionIn(definitions, input.definition));
  const found = await newestOf(em, measure.id, wanted);
  checkAllThere(wanted, found);
  if (found.length < 1 || found.length > mostFigures) {
    refuse('BAD_USER_INPUT', `These are ${found.length} figures; withdraw 1 to ${mostFigures} at a time.`);
  }
  const waiting = found.find(({ waitsIn }) => waitsIn);
  if (waiting) {
    const message = `Vintage ${waiting.vintage} of a figure waits in ${waiting.waitsIn}; correct it there, or wait until it has come.`;
    refuse('EMBARGOED_VINTAGE_WAITS', message, ['observations']);
  }
  const graves = found.filter(({ valueKind }) => valueKind !== ValueKind.WITHDRAWN);
  await insertTombstones(em, graves, input);
  const headline = graves.filter((grave) => grave.headline);
  const told = headline.map((grave) => ({ ...grave, vintage: grave.vintage + 1, value: null }));
  await tellFigures(em, measure.id, told, now);
  if (graves.length > 0) await tellPublic(em, PublishedKind.WITHDRAWN, measure.id);
  return found.map(({ seriesId, periodStart, vintage: newest, valueKind }) => {
    const unchanged = valueKind === ValueKind.WITHDRAWN;
    const vintage = unchanged ? newest : newest + 1;
    return { id: observationId(seriesId, periodStart, vintage), vintage, unchanged };
  });
}

interface Wanted {
  pins: Grave[];
  starts: string[];
  definition: number;
}

function wantedIn({ observations, periods }: WithdrawObservationInput, definition: DefinitionVersion): Wanted {
  const pins = observations.map((id, place) => pinOf(id) ?? refuseUnknown(['observations', String(place)]));
  const starts = periods.map((period, place) => {
    const start = startOf(definition.frequency, period);
    if (start) return start;
    const message = `This is not a period such as ${exampleOf(definition.frequency)}.`;
    return refuse('PERIOD_DOES_NOT_FIT', message, ['periods', String(place)]);
  });
  return { pins, starts, definition: definition.number };
}

function refuseUnknown(path: string[]): never {
  return refuse('UNKNOWN_OBSERVATION', 'This measure has no such figure.', path);
}

/** The newest vintage of each figure that is named or of one of the periods. */
function newestOf(em: EntityManager, measure: string, { pins, starts, definition }: Wanted): Promise<Newest[]> {
  const named = pins.map(({ seriesId, periodStart }) => ({ series_id: seriesId, period_start: periodStart }));
  return query<Newest>(
    em,
    `select s.id as "seriesId", wanted.period_start::text as "periodStart", newest.vintage, newest.value_kind as "valueKind",
       newest.waits_in as "waitsIn", s.headline, d.frequency
     from (
       select series_id, period_start from json_to_recordset(?::json) as named(series_id uuid, period_start date)
       union select id, start from series cross join unnest(?::date[]) as start where measure_id = ? and definition = ?::int
     ) wanted
     join series s on s.id = wanted.series_id and s.measure_id = ?
     join definition d on d.measure_id = s.measure_id and d.number = s.definition
     cross join lateral (
       select vintage, value_kind, case when ${waits} then release_id end as waits_in from observation o
       where series_id = wanted.series_id and period_start = wanted.period_start order by vintage desc limit 1
     ) newest
     order by s.id, wanted.period_start`,
    [JSON.stringify(named), starts, measure, definition, measure],
  );
}

/** Refuses a name for which nothing is there, or something newer than what the client saw. */
function checkAllThere({ pins, starts }: Wanted, found: readonly Newest[]): void {
  for (const [place, pin] of pins.entries()) {
    const path = ['observations', String(place)];
    const newest = found.find(
      ({ seriesId, periodStart }) => seriesId === pin.seriesId && periodStart === pin.periodStart,
    );
    if (!newest || newest.vintage < pin.vintage) refuseUnknown(path);
    if (newest.vintage === pin.vintage || newest.valueKind === ValueKind.WITHDRAWN || newest.waitsIn) continue;
    throw new Refused([Object.assign(new StaleVersion(pin.vintage, newest.vintage), { path })]);
  }
  for (const [place, start] of starts.entries()) {
    if (!found.some(({ periodStart }) => periodStart === start)) refuseUnknown(['periods', String(place)]);
  }
}
