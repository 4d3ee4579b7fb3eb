import { dayInLondon } from '../../services/kernel/dates.js';
import { HubFault } from './client.js';
import { readGovukOrganisations } from './read-govuk-organisations.js';
import { readNhsAe } from './read-nhs-ae.js';
import { agreementsOf } from './read-ocha-agreements.js';
import { projectsOf, readOchaAllocations } from './read-ocha-allocations.js';
import { type Fund, readOchaContributions } from './read-ocha-contributions.js';
import { readOnsSdg, releasedOn } from './read-ons-sdg.js';
import { readOscar } from './read-oscar.js';
import { readSmcDevelopment } from './read-smc.js';
import { readTargets } from './read-targets.js';
import type { Read, RefusedRow } from './rows.js';
import type { Work } from './write-batches.js';
import { instantOf } from './write-measures.js';
import { writeNhsAe } from './write-nhs-ae.js';
import { writeOchaAllocations } from './write-ocha-allocations.js';
import { warnOfOddities, writeOchaContributions } from './write-ocha-contributions.js';
import { writeOnsSdg } from './write-ons-sdg.js';
import { writeGovukOrganisations } from './write-organisations.js';
import { writeOscar } from './write-oscar.js';
import { writeSmcDevelopment } from './write-smc-development.js';
import { writeTargets } from './write-targets.js';

/** What a person can say about an import, whatever the format; each format uses what it knows. */
export interface Choices {
  /** Only so many: organisations, agreements, projects, departments, figures, targets. */
  limit?: number | undefined;
  /** Only these pooled funds, by the name in the file. */
  funds?: readonly string[] | undefined;
  /** The file is all there is: what it does not list any more is gone (OCHA's contributions). */
  complete?: boolean | undefined;
  /** The day the file was released, YYYY-MM-DD, where the file does not say it. */
  released?: string | undefined;
  /** The mission that a new outcome, or what departments spent, belongs to. */
  mission?: string | undefined;
  polarity?: 'HIGHER' | 'LOWER' | undefined;
}

export interface Format {
  name: string;
  /** What it reads, in one line. */
  about: string;
  example: string;
  import(work: Work, path: string, choices: Choices): Promise<void>;
}

const reading = 'reading';

/** Notes what the reader refused, and gives the rows to go on with. */
function taken<Row>(
  { report }: Work,
  { rows, refused }: Pick<Read<Row>, 'rows' | 'refused'>,
  limit?: number,
): readonly Row[] {
  for (const refusal of refused) report.refuse(reading, refusal);
  return limit === undefined ? rows : rows.slice(0, limit);
}

const released = async (path: string, stated: string | undefined) =>
  stated === undefined ? releasedOn(path) : { day: stated, statedBy: '--released' };

/** Rows of the funds that were asked for; a name that no row has is likely misspelt. */
function ofFunds<Row extends { fund: Fund }>(rows: readonly Row[], funds: readonly string[] | undefined): Row[] {
  if (!funds || funds.length === 0) return [...rows];
  const known = new Set(rows.map(({ fund }) => fund.name));
  const unknown = funds.find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new HubFault(`The file has no fund "${unknown}"; it has ${[...known].sort().join(', ')}.`);
  }
  return rows.filter(({ fund }) => funds.includes(fund.name));
}

/** The codes of a whole file. Where a row could not be read, nobody can tell what the file does not list. */
function listedIn({ report }: Work, rows: readonly { code: string }[], unread: number): ReadonlySet<string> | null {
  if (unread === 0) return new Set(rows.map(({ code }) => code));
  report.note(`${unread} rows could not be read, so it cannot be told what is gone: nothing was taken for gone.`);
  return null;
}

export const formats: readonly Format[] = [
  {
    name: 'govuk-organisations',
    about: 'the GOV.UK government-organisation register (TSV): fills the organisation register',
    example: 'npm run import -- govuk-organisations government-organisation.tsv',
    async import(work, path, { limit }) {
      await writeGovukOrganisations(work, taken(work, await readGovukOrganisations(path), limit));
    },
  },
  {
    name: 'ocha-contributions',
    about:
      "OCHA's pooled funds (CSV): a mission with one pool for each fund, donors, contributions, commitments, deposits, write-offs",
    example: 'npm run import -- ocha-contributions pfmb_contributions.csv --fund Somalia',
    async import(work, path, { limit, funds, released: stated, complete }) {
      if (complete && limit !== undefined) throw new HubFault('--complete needs the whole file; leave out --limit.');
      const read = await readOchaContributions(path);
      const rows = ofFunds(taken(work, read), funds);
      warnOfOddities(work, rows);
      const { agreements, refused } = agreementsOf(rows);
      const some = taken(work, { rows: agreements, refused: refused satisfies RefusedRow[] }, limit);
      await writeOchaContributions(work, some, {
        releasedAt: instantOf(stated ?? null),
        today: dayInLondon(new Date()),
        listed: complete ? listedIn(work, rows, read.refused.length) : null,
        funds,
      });
    },
  },
  {
    name: 'ocha-allocations',
    about: 'what those funds allocated (CSV), project by project; import their contributions first',
    example: 'npm run import -- ocha-allocations pfmb_allocations.csv --fund Somalia --report report.json',
    async import(work, path, { limit, funds }) {
      const rows = ofFunds(taken(work, await readOchaAllocations(path)), funds);
      await writeOchaAllocations(work, projectsOf(rows).slice(0, limit), dayInLondon(new Date()));
    },
  },
  {
    name: 'oscar',
    about:
      "HM Treasury's OSCAR in-year data (CSV): what departments spent themselves, per quarter and control total, as aligned contributions",
    example: 'npm run import -- oscar oscar_in_year_2016_17.csv --released 2016-09-21',
    async import(work, path, { limit, released: stated, mission }) {
      const rows = taken(work, await readOscar(path));
      const departments = [...new Set(rows.map(({ department }) => department))].slice(0, limit);
      const some = rows.filter(({ department }) => departments.includes(department));
      await writeOscar(work, some, { mission, releasedAt: instantOf(stated ?? null) });
    },
  },
  {
    name: 'ons-sdg',
    about:
      'a UK indicator of the Sustainable Development Goals (CSV): an outcome with a measure; each file is one vintage, import them in the order of their releases',
    example: 'npm run import -- ons-sdg indicator_13-2-2.csv --released 2023-02-07 --mission clean-energy',
    async import(work, path, { limit, released: stated, mission, polarity }) {
      const rows = taken(work, await readOnsSdg(path), limit);
      await writeOnsSdg(work, rows, { path, released: await released(path, stated), mission, polarity });
    },
  },
  {
    name: 'smc-development',
    about:
      'development at age 5 as the Social Mobility Commission publishes it (CSV, before 2026 or since): a measure with two definitions that are not comparable',
    example: 'npm run import -- smc-development good_level_of_development.csv --mission opportunity',
    async import(work, path, { limit, released: stated, mission }) {
      const rows = taken(work, await readSmcDevelopment(path), limit);
      await writeSmcDevelopment(work, rows, { path, released: await released(path, stated), mission });
    },
  },
  {
    name: 'nhs-ae',
    about:
      "A&E attendances by organisation and month as NHS England counts them (CSV): four-hour performance of England and of every organisation, and England's counts; each file is one vintage",
    example: 'npm run import -- nhs-ae ae_attendances.csv --released 2019-04-11 --mission healthy-lives',
    async import(work, path, { limit, released: stated, mission }) {
      const read = await readNhsAe(path);
      const rows = taken(work, read, limit);
      const isComplete = read.refused.length === 0 && rows.length === read.rows.length;
      await writeNhsAe(work, rows, { path, released: await released(path, stated), mission, isComplete });
    },
  },
  {
    name: 'targets',
    about: 'targets for indicators that were imported (CSV)',
    example: 'npm run import -- targets targets.csv',
    async import(work, path, { limit }) {
      await writeTargets(work, taken(work, await readTargets(path), limit));
    },
  },
];
