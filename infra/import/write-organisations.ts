import type { RegisteredOrganisation } from './read-govuk-organisations.js';
import { type DeedAnswer, type RowAnswer, sendBatches, type Work } from './write-batches.js';

export const missionUnit = 'mission-delivery-unit.mission-unit';
export const missionFinance = 'mission-delivery-unit.mission-finance';

type Kind =
  | 'DEPARTMENT'
  | 'ARMS_LENGTH_BODY'
  | 'DEVOLVED_GOVERNMENT'
  | 'COUNCIL'
  | 'GOVERNMENT'
  | 'INTERNATIONAL'
  | 'OTHER';

/** An organisation for the register, with the line of the file that names it. */
export interface Registering {
  line: number | null;
  id: string;
  name: string;
  kind: Kind;
  identifiers: { scheme: string; code: string }[];
  validFrom?: string;
  validTo?: string;
}

interface RegisterAnswer extends DeedAnswer {
  rows: RowAnswer[];
}

/** Registers organisations, or brings them up to date. */
export async function registerOrganisations(work: Work, stage: string, rows: readonly Registering[]): Promise<void> {
  work.progress.begin(stage, rows.length);
  await sendBatches<Registering, RegisterAnswer>(work, {
    ...{ stage, rows, service: 'missions', deed: 'registerOrganisations', client: missionUnit },
    selection: 'rows { verdict reason }',
    input: (some) => ({ organisations: some.map(({ line: _, ...organisation }) => organisation) }),
    answers: (payload) => payload.rows,
    place: ({ line, name }) => ({ line, value: name }),
  });
  work.progress.end();
}

/** What the letters of the register's identifiers say; the others (OT, PC, IM, ...) say nothing about the kind. */
const kinds: Readonly<Record<string, Kind>> = {
  D: 'DEPARTMENT',
  EA: 'ARMS_LENGTH_BODY',
  PB: 'ARMS_LENGTH_BODY',
  EO: 'ARMS_LENGTH_BODY',
};
const devolved = /^(Welsh Government|Scottish Government|Northern Ireland Executive)$/;

/** Writes the bodies of the GOV.UK register, those that have closed with their last day. */
export async function writeGovukOrganisations(work: Work, bodies: readonly RegisteredOrganisation[]): Promise<void> {
  for (const { validFrom, validTo, formerNames, slugFrom } of bodies) {
    const partly = [validFrom, validTo].filter((day) => day && day.precision !== 'DAY').length;
    work.report.warn('day known only by its month or year: the first or last day it can mean was taken', partly);
    work.report.warn('former name: the register of the hub keeps the newest one', formerNames.length);
    if (slugFrom !== 'WEBSITE') work.report.warn('id made from the name, because the web address has none');
  }
  await registerOrganisations(work, 'organisations', bodies.map(registeringOf));
}

function registeringOf(body: RegisteredOrganisation): Registering {
  const { slug, name, series, registerId, validFrom, validTo, lines } = body;
  return {
    line: lines[0] ?? null,
    id: slug,
    name,
    kind: devolved.test(name) ? 'DEVOLVED_GOVERNMENT' : (kinds[series] ?? 'OTHER'),
    identifiers: [{ scheme: 'GOV.UK government-organisation', code: registerId }],
    ...(validFrom && { validFrom: validFrom.first }),
    ...(validTo && { validTo: validTo.last }),
  };
}
