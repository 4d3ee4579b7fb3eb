import type { Cells } from './read-cells.js';
import { type PartialDay, partialDayIn } from './read-dates.js';
import { type Read, readTable } from './rows.js';

/** One public body of the GOV.UK government-organisation register. */
export interface RegisteredOrganisation {
  /** Stable: D3, EA26, PB28, OT488. A body keeps it when it is renamed. */
  registerId: string;
  /** The letters of the identifier; the register groups bodies by them. */
  series: string;
  name: string;
  /** Names of earlier lines with the same identifier, oldest first: NHS Litigation Authority became NHS Resolution. */
  formerNames: string[];
  /** Unique in the file; lower-case letters, digits and single hyphens. */
  slug: string;
  /** NAME where the last part of the web address is no slug; NUMBERED where another body already has it. */
  slugFrom: 'WEBSITE' | 'NAME' | 'NUMBERED';
  website: string | null;
  validFrom: PartialDay | null;
  /** The last day; a body that ended in "2012" existed until some day of that year. Null while it exists. */
  validTo: PartialDay | null;
  lines: number[];
}

const layout = {
  format: 'govuk-organisations',
  required: ['government-organisation', 'name', 'website', 'start-date', 'end-date'],
  delimiter: '\t',
} as const;

const slugPattern = /^[a-z0-9]+(-[a-z0-9]+)*$/;

type Registered = Omit<RegisteredOrganisation, 'slug' | 'slugFrom' | 'formerNames' | 'lines'> & { line: number };

/**
 * The register, one organisation per identifier. A second line with the same identifier is the same body under a
 * newer name, as in the register itself; so there can be fewer organisations than rows.
 */
export async function readGovukOrganisations(path: string): Promise<Read<RegisteredOrganisation>> {
  const { rows, refused, rowCount } = await readTable(path, layout, registeredIn);
  const bodies = new Map<string, RegisteredOrganisation>();
  const taken = new Map<string, string>();
  for (const { line, ...row } of rows) {
    const known = bodies.get(row.registerId);
    bodies.set(row.registerId, {
      ...row,
      ...(known ? { slug: known.slug, slugFrom: known.slugFrom } : slugOf(row, taken)),
      formerNames: known && known.name !== row.name ? [...known.formerNames, known.name] : (known?.formerNames ?? []),
      lines: [...(known?.lines ?? []), line],
    });
  }
  return { rows: [...bodies.values()], refused, rowCount };
}

function registeredIn(cells: Cells): Registered {
  const registerId = cells.text('government-organisation');
  const [, series] = /^([A-Z]{1,4})\d+$/.exec(registerId) ?? [];
  if (!series) cells.refuse('government-organisation', 'This is not a register identifier such as D3 or EA26.');
  const validFrom = partialDayIn(cells, 'start-date');
  const validTo = partialDayIn(cells, 'end-date');
  if (validFrom && validTo && validTo.last < validFrom.first)
    cells.refuse('end-date', 'The body ends before it begins.');
  return {
    line: cells.line,
    registerId,
    series,
    name: cells.text('name'),
    website: cells.maybe('website'),
    validFrom,
    validTo,
  };
}

function slugOf({ registerId, name, website }: Omit<Registered, 'line'>, taken: Map<string, string>) {
  const ending = website?.replace(/\/+$/, '').split('/').at(-1) ?? '';
  const own = slugPattern.test(ending);
  const wanted = own ? ending : slugFromName(name);
  const free = wanted !== '' && !taken.has(wanted);
  const slug = free ? wanted : [wanted, registerId.toLowerCase()].filter(Boolean).join('-');
  taken.set(slug, registerId);
  const slugFrom: RegisteredOrganisation['slugFrom'] = free ? (own ? 'WEBSITE' : 'NAME') : 'NUMBERED';
  return { slug, slugFrom };
}

/** "Victoria Climbié Inquiry" becomes victoria-climbie-inquiry. */
export const slugFromName = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/[\u0300-\u036f'’]/g, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
