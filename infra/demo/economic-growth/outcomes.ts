import type { OutcomeContent, PublicationContent } from '../shape.js';

const accounts = (
  releasedOn: string,
  bulletin: string,
  figures: PublicationContent['figures'],
): PublicationContent => ({
  source: `Office for National Statistics, ${bulletin}. Open Government Licence v3.0.`,
  ...{ releasedOn, reason: 'ROUTINE', figures },
});
const nationalAccounts = 'GDP quarterly national accounts, UK';
const firstEstimate = 'GDP first quarterly estimate, UK';

export const economicGrowthOutcomes: OutcomeContent[] = [
  {
    id: 'higher-living-standards',
    title: 'More is earned for each person',
    kind: 'IMPACT',
    measures: [
      {
        id: 'real-gdp-per-head',
        title: 'Growth of real GDP per head, quarter on quarter',
        steward: 'office-for-national-statistics',
        area: 'K02000001',
        definitions: [
          {
            formula:
              'Change of gross domestic product per head in real terms against the quarter before, seasonally adjusted.',
            unit: 'percent',
            decimals: 1,
            polarity: 'HIGHER',
            frequency: 'QUARTER',
            source: 'Office for National Statistics, national accounts',
            releasedOn: '2024-11-15',
          },
        ],
        publications: [
          accounts('2024-11-15', `${firstEstimate}: July to September 2024`, { '2024 Q3': '-0.1' }),
          accounts('2025-03-28', `${nationalAccounts}: October to December 2024`, { '2024 Q4': '-0.1' }),
          accounts('2025-05-15', `${firstEstimate}: January to March 2025`, { '2025 Q1': '0.5' }),
          accounts('2025-06-30', `${nationalAccounts}: January to March 2025`, { '2025 Q1': '0.6' }),
          accounts('2025-08-14', `${firstEstimate}: April to June 2025`, { '2025 Q2': '0.2' }),
          accounts('2025-11-13', `${firstEstimate}: July to September 2025`, { '2025 Q3': '0.0' }),
        ],
        trajectory: {
          definition: 1,
          method: 'Three tenths of a percent a year, spread evenly over its quarters.',
          points: [
            { period: '2025 Q1', value: '0.075' },
            { period: '2025 Q2', value: '0.075' },
            { period: '2025 Q3', value: '0.075' },
            { period: '2025 Q4', value: '0.075' },
          ],
        },
      },
    ],
  },
  {
    id: 'more-homes',
    title: 'Homes are built',
    kind: 'OUTPUT',
    challenge: 'homes-where-work-is',
    measures: [
      {
        id: 'net-additional-dwellings',
        title: 'Net additional dwellings in England',
        steward: 'ministry-of-housing-communities-and-local-government',
        area: 'E92000001',
        definitions: [
          {
            formula: 'Dwellings gained less dwellings lost between 1 April and 31 March, as councils report them.',
            unit: 'dwellings',
            decimals: 0,
            polarity: 'HIGHER',
            frequency: 'FINANCIAL_YEAR',
            source: 'Ministry of Housing, Communities and Local Government, net additional dwellings',
            releasedOn: '2024-11-28',
          },
        ],
        publications: [
          {
            source:
              'Ministry of Housing, Communities and Local Government, housing supply: net additional dwellings, England: 2023 to 2024, 28 November 2024. Open Government Licence v3.0.',
            releasedOn: '2024-11-28',
            reason: 'NEW_DATA',
            figures: { '2023-24': '221070' },
          },
          {
            source:
              'Ministry of Housing, Communities and Local Government, net additional dwellings 2024 to 2025, as reported by the Shropshire Star on 20 November 2025.',
            releasedOn: '2025-11-20',
            reason: 'ROUTINE',
            figures: { '2023-24': '221409', '2024-25': '208600' },
          },
        ],
        targets: [
          {
            id: 'homes-a-year',
            kind: 'FLOOR',
            value: '300000',
            from: '2024-04-01',
            until: '2029-03-31',
            setBy: 'HM Government, Plan for Change, 5 December 2024',
            url: 'https://www.gov.uk/government/missions',
            verified: 'The 1.5 million homes are in the text of the page; the days are not verified.',
            note: '1.5 million in a parliament is 300,000 a year on average; fewer at first can be made up for later.',
          },
        ],
      },
    ],
  },
  {
    id: 'permits-given',
    title: 'Large projects get their permit',
    kind: 'OUTPUT',
    challenge: 'permits-in-a-year',
    illustrative: true,
    measures: [
      {
        id: 'major-projects-decided',
        title: 'Planning decisions on major infrastructure projects',
        steward: 'ministry-of-housing-communities-and-local-government',
        area: 'E92000001',
        definitions: [
          {
            formula:
              'Decisions on applications for development consent in the quarter. Nobody has published figures here yet.',
            unit: 'decisions',
            decimals: 0,
            polarity: 'HIGHER',
            frequency: 'QUARTER',
            source: 'Not settled',
          },
        ],
        publications: [],
        targets: [
          {
            id: 'hundred-and-fifty-decisions',
            kind: 'POINT_BY_DATE',
            value: '150',
            until: '2029-12-31',
            setBy: 'HM Government, Plan for Change, 5 December 2024',
            url: 'https://www.gov.uk/government/missions',
            verified: 'The 150 are in the text of the page; the day is not verified.',
            note: 'The 150 are counted over the whole parliament, not in one quarter.',
          },
        ],
      },
    ],
  },
  {
    id: 'growth-reaches-people',
    title: 'People have more to live on, not only the statistics',
    kind: 'GUARDRAIL',
    measures: [
      {
        id: 'real-disposable-income-per-head',
        title: 'Growth of real household disposable income per head, quarter on quarter',
        steward: 'office-for-national-statistics',
        area: 'K02000001',
        definitions: [
          {
            formula: 'Change of what households have left after taxes and with benefits, per head in real terms.',
            unit: 'percent',
            decimals: 1,
            polarity: 'HIGHER',
            frequency: 'QUARTER',
            source: 'Office for National Statistics, national accounts',
            releasedOn: '2025-03-28',
          },
        ],
        publications: [
          accounts('2025-03-28', `${nationalAccounts}: October to December 2024`, {
            '2024 Q3': '0.6',
            '2024 Q4': '1.7',
          }),
          accounts('2025-06-30', `${nationalAccounts}: January to March 2025`, { '2024 Q4': '1.8', '2025 Q1': '-1.0' }),
          accounts('2025-09-30', `${nationalAccounts}: April to June 2025`, { '2025 Q1': '-0.9', '2025 Q2': '0.2' }),
          accounts('2025-12-22', `${nationalAccounts}: July to September 2025`, {
            '2025 Q2': '0.0',
            '2025 Q3': '-0.8',
          }),
        ],
        targets: [
          {
            id: 'nobody-poorer',
            kind: 'FLOOR',
            value: '0',
            from: '2025-01-01',
            setBy: 'Mission Delivery Unit (illustrative)',
            note: 'Illustrative: a guardrail made up to show the hub.',
          },
        ],
      },
    ],
  },
];
