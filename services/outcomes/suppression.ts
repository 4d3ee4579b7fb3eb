import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import { areasAreAdditive, type DefinitionVersion } from './definition.js';
import { ValueKind } from './observation-enums.js';
import type { RowFault } from './observation-input.js';
import { type Additive, type GivenAway, givenAway, keyOfPlace, type Place, type Standing, type Table } from './sums.js';
import type { PlacedRow } from './vintages.js';

/** The figures of one period, as they stand before and after a batch. */
interface Cube {
  places: Map<string, Place>;
  before: Map<string, Standing>;
  after: Map<string, Standing>;
  /** The rows of the batch that are still to be taken. */
  rows: Map<string, PlacedRow>;
}

/**
 * Refuses rows with which a suppressed figure could be worked out from what is public, or will be: from a whole, its
 * other parts, and other sums over them, in whichever vintage there is a number. Answers the faults by the rows' places.
 */
export async function faultsOfSuppression(
  em: EntityManager,
  definition: DefinitionVersion,
  nationalArea: string,
  made: readonly PlacedRow[],
): Promise<Map<number, RowFault>> {
  const faults = new Map<number, RowFault>();
  if (definition.additiveOver.length === 0 || made.length === 0) return faults;
  const additive: Additive = {
    dimensions: definition.additiveOver,
    nationalArea: areasAreAdditive(definition) ? nationalArea : null,
  };
  for (const cube of await cubesOf(em, definition, made)) {
    for (const [place, fault] of faultsOf(cube, additive)) faults.set(place, fault);
  }
  return faults;
}

interface CellRow {
  area: string;
  dimensions: Record<string, string>;
  period_start: string;
  standing: Standing;
}

// What was ever public as a number stays known, by As-Known-At. Nothing is read where nothing is suppressed.
const cells = `select s.area, s.dimensions, o.period_start::text as period_start,
    case when bool_or(o.value_kind = 'NUMBER') then 'KNOWN' when bool_or(o.value_kind = 'SUPPRESSED') then 'SECRET'
      when bool_or(o.value_kind = 'NOT_APPLICABLE') then 'KNOWN' else 'UNKNOWN' end as standing
  from series s join observation o on o.series_id = s.id and o.period_start = any(?::date[])
  where s.measure_id = ? and s.definition = ?::int and (?::boolean or exists (select from series t
    join observation p on p.series_id = t.id and p.period_start = any(?::date[]) and p.value_kind = 'SUPPRESSED'
    where t.measure_id = ? and t.definition = ?::int))
  group by s.id, o.period_start`;

async function cubesOf(
  em: EntityManager,
  { measureId, number }: DefinitionVersion,
  made: readonly PlacedRow[],
): Promise<Cube[]> {
  const periods = [...new Set(made.map(({ periodStart }) => periodStart))];
  const hides = made.some(({ valueKind }) => valueKind === ValueKind.SUPPRESSED);
  const key = [periods, measureId, number];
  const found = await query<CellRow>(em, cells, [...key, hides, ...key]);
  if (!hides && found.length === 0) return [];
  const cubes = new Map<string, Cube>(
    periods.map((period) => [
      period,
      { places: new Map(), before: new Map(), after: new Map(), rows: new Map() } satisfies Cube,
    ]),
  );
  for (const { period_start: period, standing, ...place } of found) {
    const cube = cubes.get(period)!;
    cube.places.set(keyOfPlace(place), place);
    cube.before.set(keyOfPlace(place), standing);
    cube.after.set(keyOfPlace(place), standing);
  }
  for (const row of made) {
    const cube = cubes.get(row.periodStart)!;
    const place = { area: row.area, dimensions: JSON.parse(row.dimensions) as Record<string, string> };
    const at = keyOfPlace(place);
    cube.places.set(at, place);
    cube.rows.set(at, row);
    cube.after.set(at, standingAfter(cube.before.get(at), row.valueKind));
  }
  return [...cubes.values()];
}

function standingAfter(before: Standing | undefined, kind: ValueKind): Standing {
  if (kind === ValueKind.NUMBER || before === 'KNOWN') return 'KNOWN';
  if (kind === ValueKind.SUPPRESSED || before === 'SECRET') return 'SECRET';
  return kind === ValueKind.NOT_APPLICABLE ? 'KNOWN' : 'UNKNOWN';
}

/** Takes rows out of the batch until nothing suppressed is given away by it, nor by what is left of it. */
function faultsOf(cube: Cube, additive: Additive): [number, RowFault][] {
  const { places, before, after, rows } = cube;
  const faults = new Map<string, RowFault>();
  if (![...after.values()].includes('SECRET')) return [];
  const lost = new Set<string>();
  for (;;) {
    // A figure that its publisher wants suppressed stays secret here, also when its own row is refused.
    const wanted = givenAway({ places: places.values(), standings: after }, additive, true).filter(
      ({ secret }) => !lost.has(secret),
    );
    const found = wanted.length > 0 ? wanted : givenAway(kept(cube, faults), additive, false).filter(isOurs);
    if (found.length === 0) return [...faults].map(([key, fault]) => [rows.get(key)!.place, fault]);
    const isChanged = (key: string) => rows.has(key) && after.get(key) !== before.get(key);
    const numbers = new Set<string>();
    for (const each of found) {
      const changed = [...each.by].filter(isChanged);
      const shown = changed.filter((key) => after.get(key) === 'KNOWN');
      // What is public already cannot be taken back: this figure is known, whatever is refused.
      if (wanted.length > 0 && shown.length === 0) lost.add(each.secret);
      for (const key of changed) if (!faults.has(key)) faults.set(key, faultFor(each, places, shown.length));
      for (const key of shown) numbers.add(key);
    }
    for (const key of numbers) after.set(key, before.get(key) ?? 'UNKNOWN');
  }

  function isOurs({ by }: GivenAway): boolean {
    return [...by].some((key) => rows.has(key) && !faults.has(key) && after.get(key) !== before.get(key));
  }
}

/** The figures as they will be there, without the rows that are refused. */
function kept({ places, before, after, rows }: Cube, faults: ReadonlyMap<string, RowFault>): Table {
  const there = [...places].filter(([key]) => before.has(key) || (rows.has(key) && !faults.has(key)));
  const standings = there.map(([key]): [string, Standing] => [key, (faults.has(key) ? before : after).get(key)!]);
  return { places: there.map(([, place]) => place), standings: new Map(standings) };
}

function faultFor({ secret }: GivenAway, places: Map<string, Place>, numbers: number): RowFault {
  const what = nameOf(places.get(secret)!);
  const message =
    numbers > 0
      ? `With this, the suppressed figure of ${what} could be worked out from a whole and its other parts. Suppress another part as well, or hand in the parts of a whole together and the whole last.`
      : `What is published already says the figure of ${what}, by a whole and its other parts; suppressing it now hides nothing.`;
  return { code: 'SUPPRESSED_CAN_BE_INFERRED', field: 'valueKind', message };
}

const nameOf = ({ area, dimensions }: Place) =>
  [area, ...Object.entries(dimensions).map(([name, value]) => `${name} ${value}`)].join(', ');
