import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import type { DefinitionVersion } from './definition.js';
import { ValueKind } from './observation-enums.js';
import { keyOfPlace, type Place, type Standing } from './sums.js';
import type { PlacedRow } from './vintages.js';

/** What the vintages of a figure say together. What was ever public stays known, by As-Known-At. */
export interface Cell {
  /** A figure that was a number in any vintage is KNOWN; else suppressed and not applicable are what was said last. */
  ever: Standing;
  /** By the newest vintage alone, that waits in a release included. */
  now: Standing;
  /** The newest number, nothing where it is not applicable; null where there was none. */
  value: string | null;
  /** The newest sample that is stated. */
  sample: number | null;
}

/** What other definitions say of a figure. */
interface Elsewhere extends Cell {
  /** A definition under which it is suppressed, and was never shown. */
  hiddenIn: number | null;
  /** A definition under which it is a number now. */
  shownIn: number | null;
}

/** The figures of one period, of all definitions with periods of that length, before and after a batch. */
export interface Cube {
  places: Map<string, Place>;
  before: Map<string, Cell>;
  after: Map<string, Cell>;
  /** What the definition of the batch alone says, before it. */
  own: Map<string, Cell>;
  elsewhere: Map<string, Elsewhere>;
  /** The rows of the batch. */
  rows: Map<string, PlacedRow>;
  /** The releases of which nothing that waits in them is looked at. */
  without: readonly string[];
}

interface CellRow {
  area: string;
  dimensions: Record<string, string>;
  definition: number;
  period_start: string;
  ever: Standing;
  newest: ValueKind;
  value: string | null;
  sample: number | null;
  /** The releases it came in, or waits in. */
  releases: string[] | null;
}

// Nothing is read where nothing is suppressed.
const cells = `select s.area, s.dimensions, s.definition, o.period_start::text as period_start,
    case when bool_or(o.value_kind = 'NUMBER') then 'KNOWN' else coalesce((array_agg(
      case o.value_kind when 'SUPPRESSED' then 'SECRET' else 'KNOWN' end order by o.vintage desc)
      filter (where o.value_kind in ('SUPPRESSED', 'NOT_APPLICABLE')))[1], 'UNKNOWN') end as ever,
    (array_agg(o.value_kind order by o.vintage desc))[1] as newest,
    (array_agg(o.value order by o.vintage desc) filter (where o.value is not null))[1] as value,
    (array_agg(o.sample_size order by o.vintage desc) filter (where o.sample_size is not null))[1] as sample,
    array_agg(distinct o.release_id) filter (where o.release_id is not null) as releases
  from series s join observation o on o.series_id = s.id and o.period_start = any(?::date[])
    and (o.release_id = any(?::text[])) is not true
  where s.measure_id = ? and s.definition = any(?::int[]) and (?::boolean or exists (select from observation p
    join series t on t.id = p.series_id and t.measure_id = ? and t.definition = any(?::int[])
    where p.value_kind = 'SUPPRESSED' and p.period_start = any(?::date[])))
  group by s.id, o.period_start order by s.definition`;

/**
 * For each period of the batch one cube of all that is there, and others without what waits in another release, and in
 * all others: until one comes it shows nothing and hides nothing, and it may be called off. None where nothing of them
 * is suppressed.
 */
export async function cubesOf(
  em: EntityManager,
  { measureId, number, unit }: DefinitionVersion,
  alike: readonly DefinitionVersion[],
  { made, releaseId }: { made: readonly PlacedRow[]; releaseId: string | null },
): Promise<Cube[][]> {
  const numbers = alike.map((each) => each.number);
  const periods = [...new Set(made.map(({ periodStart }) => periodStart))];
  const hides = made.some(({ valueKind }) => valueKind === ValueKind.SUPPRESSED);
  const rowsWithout = (releases: readonly string[]) =>
    query<CellRow>(em, cells, [periods, releases, measureId, numbers, hides, measureId, numbers, periods]);
  const found = await rowsWithout([]);
  if (!hides && found.length === 0) return [];
  const sameUnit = new Set(alike.filter((each) => each.unit === unit).map((each) => each.number));
  const cubesFrom = (rows: readonly CellRow[], without: readonly string[]) => {
    const cubes = new Map(periods.map((period) => [period, { ...emptyCube(), without }]));
    for (const row of rows) read(cubes.get(row.period_start)!, row, number, sameUnit);
    for (const row of made) take(cubes.get(row.periodStart)!, row);
    return cubes;
  };
  const all = [cubesFrom(found, [])];
  const others = (await waitingIn(em, found)).filter((release) => release !== releaseId);
  const lefts = others.length > 1 ? [...others.map((each) => [each]), others] : others.map((each) => [each]);
  for (const without of lefts) all.push(cubesFrom(await rowsWithout(without), without));
  return periods.map((period) => all.map((cubes) => cubes.get(period)!));
}

/** The releases in which any of these figures wait. */
async function waitingIn(em: EntityManager, rows: readonly CellRow[]): Promise<string[]> {
  const releases = [...new Set(rows.flatMap((row) => row.releases ?? []))];
  if (releases.length === 0) return [];
  const sql = 'select id from unnest(?::text[]) as id where release_instant(id) > statement_timestamp() order by id';
  return (await query<{ id: string }>(em, sql, [releases])).map(({ id }) => id);
}

const emptyCube = (): Omit<Cube, 'without'> => ({
  ...{ places: new Map(), before: new Map(), after: new Map(), own: new Map(), elsewhere: new Map(), rows: new Map() },
});

const standings: Record<ValueKind, Standing> = {
  ...{ NUMBER: 'KNOWN', NOT_APPLICABLE: 'KNOWN', SUPPRESSED: 'SECRET', MISSING: 'UNKNOWN', WITHDRAWN: 'UNKNOWN' },
};

/** Not applicable is a figure that everybody knows: there is nothing of it, and nobody was counted. */
function cellOf({ ever, now, value, sample }: Cell): Cell {
  const isNone = ever === 'KNOWN' && value === null;
  return { ever, now, value: isNone ? '0' : value, sample: sample ?? (isNone ? 0 : null) };
}

function read(cube: Cube, row: CellRow, number: number, sameUnit: ReadonlySet<number>): void {
  const { area, dimensions, definition, ever, newest } = row;
  const key = keyOfPlace({ area, dimensions });
  const cell = cellOf({ ...row, now: standings[newest] });
  cube.places.set(key, { area, dimensions });
  if (definition === number) cube.own.set(key, cell);
  else {
    const known = cube.elsewhere.get(key);
    cube.elsewhere.set(key, {
      ...both(known, sameUnit.has(definition) ? cell : { ...cell, value: null }),
      hiddenIn: ever === 'SECRET' ? definition : (known?.hiddenIn ?? null),
      shownIn: newest === ValueKind.NUMBER ? definition : (known?.shownIn ?? null),
    });
  }
  const together = both(cube.elsewhere.get(key), cube.own.get(key))!;
  cube.before.set(key, together);
  cube.after.set(key, together);
}

function take(cube: Cube, row: PlacedRow): void {
  const place = { area: row.area, dimensions: JSON.parse(row.dimensions) as Record<string, string> };
  const key = keyOfPlace(place);
  cube.places.set(key, place);
  cube.rows.set(key, row);
  const before = cube.own.get(key);
  const now = standings[row.valueKind];
  const isDecided = before !== undefined && before.ever !== 'UNKNOWN' && now !== 'KNOWN';
  const cell = cellOf({
    ...{ ever: isDecided ? before.ever : now, now },
    ...{ value: row.value ?? before?.value ?? null, sample: row.sampleSize ?? before?.sample ?? null },
  });
  cube.after.set(key, both(cube.elsewhere.get(key), cell)!);
}

const either = (one: Standing, other: Standing): Standing =>
  one === 'KNOWN' || other === 'KNOWN' ? 'KNOWN' : one === 'SECRET' || other === 'SECRET' ? 'SECRET' : 'UNKNOWN';

/** What two definitions say together; the numbers of the second stand. */
function both<Of extends Cell | undefined>(one: Cell | undefined, other: Of): Cell | Of {
  if (!one || !other) return one ?? other;
  const [value, sample] = [other.value ?? one.value, other.sample ?? one.sample];
  return { ever: either(one.ever, other.ever), now: either(one.now, other.now), value, sample };
}
