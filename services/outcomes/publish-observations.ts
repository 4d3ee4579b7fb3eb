import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver, registerEnumType } from 'type-graphql';
import type { Caller } from '../kernel/caller.js';
import type { Context } from '../kernel/context.js';
import { DateTime } from '../kernel/dates.js';
import { asJson, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { Refusal, refuse, UserError } from '../kernel/refusal.js';
import { asAfter, definitionIn, measureToChange } from './measure-to-change.js';
import { namedAmong } from './name-areas.js';
import { observationId } from './observation.js';
import { RevisionReason } from './observation-enums.js';
import {
  type CheckedRow,
  checkRow,
  isFault,
  ObservationInput,
  type RowFault,
  type RowLimits,
  rowLimits,
} from './observation-input.js';
import { faultsOfOverlap } from './overlaps.js';
import { PublishedKind, tellPublic } from './published-figures.js';
import { checkAnnounced } from './release-measures.js';
import { releaseToFill } from './release-to-fill.js';
import { checkRelease } from './released.js';
import { checkSaid } from './slug.js';
import { faultsOfSuppression } from './suppression.js';
import { tellPublished } from './tell-published.js';
import {
  insertVintages,
  type NewVintage,
  type PlacedRow,
  saysTheSame,
  seriesOf,
  type Vintage,
  vintagesFor,
} from './vintages.js';

/** What fits into the 256 kB of a request when rows are short: what a batch costs besides its rows is shared by more of them. */
const mostRows = 2_000;

export enum ObservationVerdict {
  NEW = 'NEW',
  REVISED = 'REVISED',
  UNCHANGED = 'UNCHANGED',
  REFUSED = 'REFUSED',
}
registerEnumType(ObservationVerdict, {
  name: 'ObservationVerdict',
  description: 'What became of one row.',
  valuesConfig: {
    NEW: { description: 'It is the first vintage of its figure.' },
    REVISED: { description: 'It is a new vintage that supersedes the one before.' },
    UNCHANGED: { description: 'The hub says the same at that release already; nothing was added.' },
    REFUSED: { description: 'It was not taken; the reasons stand beside it.' },
  },
});

@InputType({
  description: 'Figures of one measure in one release, 1 to 2000; a request larger than 256 kB is refused with 413.',
})
export class PublishObservationsInput extends DeedInput {
  @Field(() => ID, { description: 'Id of the measure.' })
  measure: string;

  @Field(() => Int, { nullable: true, description: 'The version of the definition they follow; left out, the newest.' })
  definition?: number | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the source released them, where it states that; left out, they are released now.',
  })
  releasedAt?: Date | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Id of a release of your organisation: nobody else sees them before it comes. Without releasedAt.',
  })
  release?: string | null;

  @Field(() => RevisionReason, {
    defaultValue: RevisionReason.ROUTINE,
    description: 'Why figures that are there already are revised; a first vintage is always NEW_DATA.',
  })
  reason: RevisionReason;

  @Field(() => String, { description: 'Who published them, and in what.' })
  source: string;

  @Field(() => String, { nullable: true, description: 'The file they were read from.' })
  file?: string | null;

  @Field(() => [ObservationInput], { description: 'The figures.' })
  rows: ObservationInput[];
}

@ObjectType({ description: 'What became of one row.' })
export class PublishedRow {
  @Field(() => Int, { description: 'Place in the input, from 0.' })
  row: number;

  @Field(() => ObservationVerdict, { description: 'What became of it.' })
  verdict: ObservationVerdict;

  @Field(() => Boolean, { description: 'True unless it was refused.' })
  get accepted(): boolean {
    return this.verdict !== ObservationVerdict.REFUSED;
  }

  @Field(() => ID, { nullable: true, description: 'Id of the vintage that says this; null when refused.' })
  id: string | null;

  @Field(() => Int, { nullable: true, description: 'Number of that vintage; null when refused.' })
  vintage: number | null;

  @Field(() => [UserError], { description: 'Why it was refused; empty otherwise.' })
  userErrors: UserError[];
}

@ObjectType({ description: 'What became of each row, or why all were declined.' })
export class PublishObservationsPayload extends DeedPayload {
  @Field(() => [PublishedRow], { nullable: true, description: 'A verdict for each row, in order; null when declined.' })
  rows: PublishedRow[] | null;
}

/** A verdict as it is remembered: plain data, without names, which would be most of what is written of a batch. */
type Remembered =
  | [verdict: ObservationVerdict, id: string, vintage: number]
  | [verdict: ObservationVerdict.REFUSED, fault: RowFault];

@Resolver()
export class PublishObservations {
  @Mutation(() => PublishObservationsPayload, {
    description:
      'Publishes figures, each as a new vintage, now or in a scheduled release; what is published stays. Role: statistician of the steward. Refusals of all: BAD_USER_INPUT, UNKNOWN_MEASURE, UNKNOWN_DEFINITION, UNKNOWN_RELEASE, ILLEGAL_TRANSITION, RELEASE_HAS_COME, NOT_ANNOUNCED, RELEASED_IN_FUTURE, RELEASED_TOO_EARLY. Refusals of a row: PERIOD_DOES_NOT_FIT, PERIOD_IN_FUTURE, BEFORE_VALID_FROM, UNKNOWN_AREA, OVERLAPPING_PERIOD, NOT_A_DECIMAL, LOW_ABOVE_HIGH, VALUE_OUTSIDE_INTERVAL, VALUE_KIND_MISMATCH, OLDER_THAN_NEWEST, EMBARGOED_VINTAGE_WAITS, SUPPRESSED_CAN_BE_INFERRED, BAD_USER_INPUT.',
  })
  async publishObservations(
    @Arg('input', () => PublishObservationsInput, { description: 'The figures.' }) input: PublishObservationsInput,
    @Ctx() context: Context,
  ): Promise<PublishObservationsPayload> {
    const deed = { name: 'publishObservations', input, by: ['statistician'], ...asJson<Remembered[]>() } as const;
    const { noun, ...done } = await perform(context, deed, (em, caller) => publish(em, caller, input));
    return { rows: noun?.map(rowOf) ?? null, ...done };
  }
}

async function publish(em: EntityManager, caller: Caller, input: PublishObservationsInput): Promise<Remembered[]> {
  const { source, rows } = input;
  if (rows.length < 1 || rows.length > mostRows) {
    refuse('BAD_USER_INPUT', `There are ${rows.length} rows; send 1 to ${mostRows} at a time.`, ['rows']);
  }
  checkSaid({ source });
  if (input.release && input.releasedAt) {
    refuse('BAD_USER_INPUT', 'State either a release that is scheduled or when it was released.', ['release']);
  }
  const may = { missionUnitToo: false, opensEmbargo: true };
  const { measure, definitions, now } = await measureToChange(em, input.measure, caller, may);
  const definition = definitionIn(definitions, input.definition);
  checkRelease(input.releasedAt, { now, ...asAfter(definition) });
  const releaseId = input.release ?? null;
  const release = releaseId && (await releaseToFill(em, releaseId, caller.organisation, { alone: false }));
  if (release) checkAnnounced(release, measure.id);
  const observedAt = input.releasedAt ?? now;
  const areas = rows.flatMap(({ area }) => area ?? []);
  const of = { definition, nationalArea: measure.nationalArea, named: await namedAmong(em, measure.id, areas) };
  const comesAt = release ? release.scheduledAt : observedAt;
  const limits = rowLimits(of, { observedAt, releasedAt: comesAt });
  const checked = checkRows(rows, limits);
  const sound = checked.filter((row): row is CheckedRow => !isFault(row));
  if (sound.length === 0) return checked.map((fault) => refused(fault as RowFault));
  const series = await seriesOf(em, definition, sound);
  const placed = checked.flatMap((row, place): PlacedRow[] => {
    if (isFault(row)) return [];
    const { row: line, original } = rows[place]!;
    const seriesId = series.ids.get(row.seriesKey)!;
    // Rows gain what is found out about them: to copy each would cost more than to check it.
    return [Object.assign(row, { place, seriesId, line: line ?? null, original: original ?? null })];
  });
  // A series that is made here has nothing yet.
  const inKnown = placed.filter(({ seriesId }) => !series.made.has(seriesId));
  const there = await vintagesFor(em, inKnown, input.releasedAt ?? null);
  const { verdicts, made: wanted } = decide(placed, there, input);
  const measured = { definition, definitions, nationalArea: measure.nationalArea, releaseId };
  const overlapping = await faultsOfOverlap(em, definitions, definition, wanted, comesAt);
  // What is refused for that hides nothing and shows nothing.
  const apart = wanted.filter(({ place }) => !overlapping.has(place));
  const faults = new Map([...overlapping, ...(await faultsOfSuppression(em, measured, apart))]);
  for (const [place, fault] of faults) verdicts.set(place, refused(fault));
  const made = wanted.filter(({ place }) => !faults.has(place));
  if (made.length > 0) {
    const { organisation, subject } = caller;
    const publication = { measureId: measure.id, source, file: input.file ?? null, organisation, subject, releaseId };
    await insertVintages(em, made, publication, input.releasedAt ?? null);
    if (!releaseId) {
      await tellPublished(em, measure, definition.frequency, made, observedAt);
      await tellPublic(em, PublishedKind.PUBLISHED, measure.id);
    }
  }
  return checked.map((row, place) => (isFault(row) ? refused(row) : verdicts.get(place)!));
}

/** Each row by itself, and against those before it: two rows about the same figure cannot both be right. */
function checkRows(rows: ObservationInput[], limits: RowLimits): (CheckedRow | RowFault)[] {
  const seen = new Map<string, number>();
  return rows.map((input, place) => {
    const checked = checkRow(input, limits);
    if (isFault(checked)) return checked;
    const key = `${checked.periodStart} ${checked.seriesKey}`;
    const first = seen.get(key);
    if (first === undefined) return seen.set(key, place) && checked;
    const message = `Row ${first} is about the same period, area and breakdown.`;
    return { code: 'OVERLAPPING_PERIOD', field: 'period', message };
  });
}

function decide(rows: PlacedRow[], there: ReadonlyMap<number, Vintage[]>, input: PublishObservationsInput) {
  const { releasedAt, reason } = input;
  const [release, releaseId] = [releasedAt ?? null, input.release ?? null];
  const verdicts = new Map<number, Remembered>();
  const made: NewVintage[] = [];
  for (const row of rows) {
    const vintages = there.get(row.place) ?? [];
    const newest = vintages[0];
    const isIn = ({ waitsIn, releasedAt: at }: Vintage) =>
      waitsIn ? waitsIn === releaseId : release === null || at <= release;
    const knownThen = vintages.find(isIn);
    const idOf = (vintage: number) => observationId(row.seriesId, row.periodStart, vintage);
    if (knownThen && saysTheSame(knownThen, row)) {
      const { vintage } = knownThen;
      verdicts.set(row.place, [ObservationVerdict.UNCHANGED, idOf(vintage), vintage]);
    } else if (newest?.waitsIn && newest.waitsIn !== releaseId) {
      const message = `Vintage ${newest.vintage} of this figure waits in ${newest.waitsIn}; put it there, or move that release.`;
      verdicts.set(row.place, refused({ code: 'EMBARGOED_VINTAGE_WAITS', field: 'period', message }));
    } else if (newest && release !== null && newest.releasedAt > release) {
      const message = `Vintage ${newest.vintage} was released at ${newest.releasedAt.toISOString()}; what is older cannot follow it.`;
      verdicts.set(row.place, refused({ code: 'OLDER_THAN_NEWEST', field: 'period', message }));
    } else {
      const vintage = (newest?.vintage ?? 0) + 1;
      const verdict = newest ? ObservationVerdict.REVISED : ObservationVerdict.NEW;
      verdicts.set(row.place, [verdict, idOf(vintage), vintage]);
      made.push(Object.assign(row, { vintage, reason: newest ? reason : RevisionReason.NEW_DATA }));
    }
  }
  return { verdicts, made };
}

const refused = (fault: RowFault): Remembered => [ObservationVerdict.REFUSED, fault];

function rowOf(remembered: Remembered | Named, row: number): PublishedRow {
  const listed = Array.isArray(remembered) ? remembered : withoutNames(remembered);
  const made = Object.assign(new PublishedRow(), { row, verdict: listed[0] });
  if (listed.length === 3) return Object.assign(made, { id: listed[1], vintage: listed[2], userErrors: [] });
  const { code, message, field } = listed[1];
  const userErrors = [new Refusal(code, message, ['rows', String(row), field])];
  return Object.assign(made, { id: null, vintage: null, userErrors });
}

/** Verdicts were remembered so before, and their keys may come again. */
type Named = { verdict: ObservationVerdict; id: string; vintage: number } | { fault: RowFault };
const withoutNames = (named: Named): Remembered =>
  'fault' in named ? refused(named.fault) : [named.verdict, named.id, named.vintage];
