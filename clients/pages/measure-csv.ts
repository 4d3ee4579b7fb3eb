import { pipeline, Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import { safeText } from '../ledger/safe-cell.js';
import type { Ask } from './ask.js';

const instantDocument = 'query ReadAt($id: ID!) { measure(id: $id) { observations(first: 1) { readAt } } }';

const document = `query Figures($id: ID!, $after: String) {
  measure(id: $id) {
    observations(first: 100, after: $after, filter: { vintages: ALL }) {
      nodes {
        period periodStart periodEnd area dimensions { name value } value valueKind status low high confidenceLevel
        sampleSize unit definition vintage reason releasedAt statedRelease withdrawnBecause
        provenance { source file row }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;

interface Figure {
  period: string;
  periodStart: string;
  periodEnd: string;
  area: string;
  dimensions: { name: string; value: string }[];
  value: string | null;
  valueKind: string;
  status: string;
  low: string | null;
  high: string | null;
  confidenceLevel: string | null;
  sampleSize: number | null;
  unit: string;
  definition: number;
  vintage: number;
  reason: string;
  releasedAt: string;
  statedRelease: boolean;
  withdrawnBecause: string | null;
  provenance: { source: string; file: string | null; row: number | null };
}

interface Page {
  nodes: Figure[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

type Cell = string | number | null;

/** What somebody wrote is made harmless for spreadsheets; a decimal, a date or a code may begin with a minus sign. */
const text = (written: string | null): Cell => written && safeText(written);

const columns: [name: string, cellOf: (figure: Figure) => Cell][] = [
  ['period', ({ period }) => period],
  ['period_start', ({ periodStart }) => periodStart],
  ['period_end', ({ periodEnd }) => periodEnd],
  ['area', ({ area }) => text(area)],
  ['breakdown', ({ dimensions }) => text(dimensions.map(({ name, value }) => `${name}: ${value}`).join('; '))],
  ['value', ({ value }) => value],
  ['value_kind', ({ valueKind }) => valueKind],
  ['status', ({ status }) => status],
  ['low', ({ low }) => low],
  ['high', ({ high }) => high],
  ['confidence_level', ({ confidenceLevel }) => confidenceLevel],
  ['sample_size', ({ sampleSize }) => sampleSize],
  ['unit', ({ unit }) => text(unit)],
  ['definition', ({ definition }) => definition],
  ['vintage', ({ vintage }) => vintage],
  ['reason', ({ reason }) => reason],
  ['released_at', ({ releasedAt }) => releasedAt],
  ['release_stated_by_source', ({ statedRelease }) => String(statedRelease)],
  ['withdrawn_because', ({ withdrawnBecause }) => text(withdrawnBecause)],
  ['source', ({ provenance }) => text(provenance.source)],
  ['file', ({ provenance }) => text(provenance.file)],
  ['row', ({ provenance }) => provenance.row],
];

export interface MeasureCsv {
  /** All of it is as it was known then: a release that comes while it is read is in all of it or in none. */
  readAt: string;
  /** RFC 4180 in UTF-8; broken off where the hub goes away, so that a part never passes for the whole. */
  bytes: Readable;
}

/** Every figure of a measure that is public, in every vintage, as CSV. Null: there is no such measure. */
export async function measureCsv(ask: Ask, id: string): Promise<MeasureCsv | null> {
  const { measure } = await ask<{ measure: { observations: { readAt: string } } | null }>({
    ...{ document: instantDocument, variables: { id } },
  });
  if (!measure) return null;
  const { readAt } = measure.observations;
  const pageAfter = async (after: string | null): Promise<Page> => {
    const cut = { asKnownAt: readAt, cutBy: ['outcomes'] };
    const answer = await ask<{ measure: { observations: Page } }>({ document, variables: { id, after }, ...cut });
    return answer.measure.observations;
  };
  // Read before anything is sent, so that a hub that is away is said in a sentence.
  const first = await pageAfter(null);
  const lines = stringify({ record_delimiter: 'windows' });
  // What breaks off is destroyed with its cause, which ends the answer there.
  pipeline(Readable.from(rowsFrom(first, pageAfter)), lines, () => undefined);
  return { readAt, bytes: lines };
}

async function* rowsFrom(first: Page, pageAfter: (after: string | null) => Promise<Page>): AsyncGenerator<Cell[]> {
  yield columns.map(([name]) => name);
  for (let page = first; ; page = await pageAfter(page.pageInfo.endCursor)) {
    for (const figure of page.nodes) yield columns.map(([, cellOf]) => cellOf(figure));
    if (!page.pageInfo.hasNextPage) return;
  }
}
