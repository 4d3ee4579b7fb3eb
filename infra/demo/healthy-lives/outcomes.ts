import type { OutcomeContent } from '../shape.js';

const waits =
  'NHS England, referral to treatment waiting times of acute trusts, March to June 2026, read in the repository fahdrehman/NHS-rtt-dashboard-data; the copy states no day of release.';
const waitsFile = 'data/rtt_summary.json';

export const healthyLivesOutcomes: OutcomeContent[] = [
  {
    id: 'seen-in-time',
    title: 'People are treated within 18 weeks',
    kind: 'OUTCOME',
    challenge: 'planned-care-in-18-weeks',
    measures: [
      {
        id: 'treated-within-18-weeks',
        title: 'Waiting no longer than 18 weeks for planned treatment, acute trusts',
        steward: 'nhs-england',
        area: 'E92000001',
        definitions: [
          {
            formula:
              'Share of incomplete pathways of acute trusts that have waited 18 weeks or less at the end of the month.',
            unit: 'percent',
            decimals: 1,
            polarity: 'HIGHER',
            frequency: 'MONTH',
            source: 'NHS England, referral to treatment waiting times',
          },
        ],
        publications: [
          {
            source: waits,
            file: waitsFile,
            reason: 'NEW_DATA',
            figures: { '2026-03': '64.5', '2026-04': '64.1', '2026-05': '64.7', '2026-06': '64.9' },
          },
        ],
        targets: [
          {
            id: 'eighteen-weeks-by-2029',
            kind: 'POINT_BY_DATE',
            value: '92',
            until: '2029-03-31',
            setBy: 'HM Government, Plan for Change, 5 December 2024',
            legalBasis: 'NHS Constitution standard',
            url: 'https://www.gov.uk/government/missions',
            verified: 'The 92 percent is in the text of the page; the day is not verified here.',
          },
        ],
        trajectory: {
          definition: 1,
          method: 'A straight line from 62 percent in July 2025 to 92 percent in March 2029.',
          points: [
            { period: '2026-03', value: '67.5' },
            { period: '2026-04', value: '68.1' },
            { period: '2026-05', value: '68.8' },
            { period: '2026-06', value: '69.5' },
            { period: '2026-07', value: '70.2' },
          ],
        },
      },
    ],
  },
  {
    id: 'emergency-care-in-time',
    title: 'Nobody waits long in an emergency',
    kind: 'OUTCOME',
    challenge: 'home-when-ready',
    measures: [
      {
        id: 'seen-within-4-hours',
        title: 'A&E attendances that took four hours or less',
        steward: 'nhs-england',
        area: 'E92000001',
        definitions: [
          {
            formula:
              'One less breaches of four hours, divided by all attendances of all types, over all trusts of the file.',
            unit: 'percent',
            decimals: 1,
            polarity: 'HIGHER',
            frequency: 'MONTH',
            source: 'NHS England, A&E attendances and emergency admissions',
          },
        ],
        publications: [
          {
            source:
              'Worked out from attendances and breaches by trust (NHS England, Open Government Licence v3.0), as kept in NHSRdatasets of the NHS-R Community (CC0); the copy states no day of release.',
            file: 'nhs-r-community/NHSRdatasets, data/ae_attendances.rda',
            reason: 'NEW_DATA',
            figures: {
              '2018-07': '89.3',
              '2018-08': '89.7',
              '2018-09': '88.9',
              '2018-10': '89.0',
              '2018-11': '87.6',
              '2018-12': '86.4',
              '2019-01': '84.4',
              '2019-02': '84.2',
              '2019-03': '86.6',
            },
          },
        ],
        targets: [
          {
            id: 'four-hours',
            kind: 'FLOOR',
            value: '95',
            from: '2010-06-01',
            setBy: 'NHS operational standard',
            verified: 'General knowledge; not verified here.',
          },
        ],
      },
    ],
  },
  {
    id: 'nobody-forgotten',
    title: 'The longest waits do not grow while the average falls',
    kind: 'GUARDRAIL',
    challenge: 'planned-care-in-18-weeks',
    measures: [
      {
        id: 'waiting-over-a-year',
        title: 'Waiting more than 52 weeks, acute trusts',
        steward: 'nhs-england',
        area: 'E92000001',
        definitions: [
          {
            formula: 'Incomplete pathways of acute trusts that have waited more than 52 weeks at the end of the month.',
            unit: 'pathways',
            decimals: 0,
            polarity: 'LOWER',
            frequency: 'MONTH',
            source: 'NHS England, referral to treatment waiting times',
          },
        ],
        publications: [
          {
            source: waits,
            file: waitsFile,
            reason: 'NEW_DATA',
            figures: { '2026-03': '86889', '2026-04': '91395', '2026-05': '95793', '2026-06': '96693' },
          },
        ],
        targets: [
          {
            id: 'no-more-long-waits',
            kind: 'CEILING',
            value: '87000',
            from: '2026-03-01',
            setBy: 'Mission Delivery Unit (illustrative)',
            note: 'Illustrative: a guardrail made up to show the hub.',
          },
        ],
      },
    ],
  },
];
