import type { OutcomeContent, PublicationContent } from '../shape.js';

const emissionsFile = 'ONSdigital/sdg-data, data/indicator_13-2-2.csv';
const emissions = (releasedOn: string, said: string, figures: PublicationContent['figures']): PublicationContent => ({
  source: `Office for National Statistics, UK data for Sustainable Development Goal indicator 13.2.2: ${said}. Open Government Licence v3.0.`,
  ...{ file: emissionsFile, releasedOn, reason: 'ROUTINE', figures },
});

const carbonBudget = (number: number, from: string, until: string, value: string, url: string) => ({
  ...({ id: `carbon-budget-${number}`, kind: 'CUMULATIVE_CAP', value, from, until, url } as const),
  ...{ setBy: 'UK Parliament', legalBasis: `Climate Change Act 2008, carbon budget ${number}` },
  verified: 'Read in the text of the page at the address given.',
  note: 'The law counts the net carbon account; this series is territorial emissions, which come close but are not the same.',
});
const auditOffice =
  'https://www.nao.org.uk/briefings/briefing-for-the-environmental-audit-committee-carbon-budget-management-2/';

/** Real figures with their sources; trajectories are made up. Heat pumps are behind theirs. */
export const cleanEnergyOutcomes: OutcomeContent[] = [
  {
    id: 'lower-emissions',
    title: 'Fewer greenhouse gases from the United Kingdom',
    kind: 'IMPACT',
    measures: [
      {
        id: 'emissions-within-uk-borders',
        title: 'Greenhouse gas emissions within UK borders',
        steward: 'department-for-energy-security-and-net-zero',
        area: 'K02000001',
        definitions: [
          {
            formula:
              'All greenhouse gases emitted within UK borders less removals, weighted by their global warming potential; without Crown Dependencies and Overseas Territories.',
            unit: 'MtCO2e',
            decimals: 1,
            polarity: 'LOWER',
            frequency: 'YEAR',
            source: 'Final UK greenhouse gas emissions national statistics, as ONS reports them for indicator 13.2.2',
            releasedOn: '2021-12-02',
          },
        ],
        publications: [
          emissions('2021-12-02', 'file as of 2 December 2021', {
            1990: '809.119904444554',
            2016: '485.38319900427',
            2017: '474.239875279584',
            2018: '468.0556469089',
            2019: '454.766072621302',
          }),
          emissions('2022-07-08', 'file as of 8 July 2022', {
            1990: '806.2583102800191',
            2016: '483.06288758192807',
            2017: '471.64600762848124',
            2018: '463.46323522511875',
            2019: '447.8774362216295',
            2020: '405.513569585469',
          }),
          emissions('2023-02-07', 'figures released on 7 February 2023', {
            1990: '813.396486653835',
            2016: '484.938996945765',
            2017: '473.215608683885',
            2018: '464.807551500583',
            2019: '450.435177125297',
            2020: '406.292173403947',
            2021: '426.509996438525',
          }),
        ],
        baseline: { period: '1990', note: 'The year from which the Climate Change Act counts.' },
        targets: [
          carbonBudget(3, '2018-01-01', '2022-12-31', '2544', auditOffice),
          carbonBudget(4, '2023-01-01', '2027-12-31', '1950', auditOffice),
          carbonBudget(5, '2028-01-01', '2032-12-31', '1725', 'https://www.gov.uk/guidance/carbon-budgets'),
        ],
        trajectory: {
          definition: 1,
          method:
            'A straight line from 2019 to 345 in 2030, a fifth of the fifth carbon budget, with a band of 4 percent.',
          points: [
            { period: '2020', value: '441', low: '423', high: '459' },
            { period: '2021', value: '431', low: '414', high: '449' },
            { period: '2022', value: '422', low: '405', high: '439' },
            { period: '2023', value: '412', low: '396', high: '428' },
          ],
        },
      },
    ],
  },
  {
    id: 'clean-heat',
    title: 'Homes are heated without burning gas or oil',
    kind: 'OUTPUT',
    challenge: 'clean-heat-in-homes',
    measures: [
      {
        id: 'heat-pumps-installed',
        title: 'Heat pumps installed with government support, by quarter',
        steward: 'department-for-energy-security-and-net-zero',
        area: 'K02000001',
        definitions: [
          {
            formula: 'Installations recorded by support schemes in the quarter; not the whole market.',
            unit: 'installations',
            decimals: 0,
            polarity: 'HIGHER',
            frequency: 'QUARTER',
            source: 'Department for Energy Security and Net Zero, heat pump deployment statistics',
          },
        ],
        publications: [
          {
            source:
              'Department for Energy Security and Net Zero, heat pump deployment statistics to the end of 2024, read in the repository owen-verso/GB_Heating; the copy states no day of release.',
            file: 'gb_heat_V2.xlsx',
            reason: 'NEW_DATA',
            figures: {
              '2022 Q3': '5472',
              '2022 Q4': '6154',
              '2023 Q1': '6236',
              '2023 Q2': '6819',
              '2023 Q3': '7111',
              '2023 Q4': '7918',
              '2024 Q1': '10183',
              '2024 Q2': '10200',
              '2024 Q3': '10770',
              '2024 Q4': '11492',
            },
          },
        ],
        targets: [
          {
            id: 'heat-pumps-by-2028',
            kind: 'POINT_BY_DATE',
            value: '150000',
            until: '2028-12-31',
            setBy: 'HM Government',
            legalBasis: 'Ambition of 600,000 installations a year',
            verified: 'The number is widely reported; its day is not verified here.',
            note: '600,000 a year is 150,000 a quarter, over the whole market.',
          },
        ],
        trajectory: {
          definition: 1,
          method: 'Growth by the same share each quarter from the end of 2022 to 150,000 at the end of 2028.',
          points: [
            { period: '2024 Q1', value: '11970' },
            { period: '2024 Q2', value: '13675' },
            { period: '2024 Q3', value: '15620' },
            { period: '2024 Q4', value: '17845' },
            { period: '2025 Q1', value: '20385' },
          ],
        },
        judgement: {
          verdict: 'BEHIND',
          name: 'Mission Delivery Unit (illustrative)',
          reason: 'Illustrative: growth is steady but two thirds of what is needed, and it stops where bills rise.',
        },
      },
    ],
  },
  {
    id: 'renewable-energy',
    title: 'More of the energy used is renewable',
    kind: 'OUTCOME',
    challenge: 'grid-connections-in-time',
    measures: [
      {
        id: 'renewable-share-of-energy',
        title: 'Share of energy used that is from renewable and waste sources',
        steward: 'office-for-national-statistics',
        area: 'K02000001',
        definitions: [
          {
            formula: 'Energy from renewable and waste sources as a share of all energy used by UK residents.',
            unit: 'percent',
            decimals: 1,
            polarity: 'HIGHER',
            frequency: 'YEAR',
            source: 'ONS environmental accounts, as reported for indicator 7.2.1',
            releasedOn: '2023-06-05',
          },
        ],
        publications: [
          {
            source:
              'Office for National Statistics, UK data for Sustainable Development Goal indicator 7.2.1, figures released on 5 June 2023. Open Government Licence v3.0.',
            file: 'ONSdigital/sdg-data, data/indicator_7-2-1.csv',
            releasedOn: '2023-06-05',
            reason: 'NEW_DATA',
            figures: { 2016: '8.3', 2017: '9.4', 2018: '10.6', 2019: '11.5', 2020: '13.9', 2021: '13.2' },
          },
        ],
        trajectory: {
          definition: 1,
          method: 'Nine tenths of a percentage point more each year from 2016.',
          points: [
            { period: '2020', value: '11.9' },
            { period: '2021', value: '12.8' },
            { period: '2022', value: '13.7' },
          ],
        },
      },
    ],
  },
  {
    id: 'nobody-left-cold',
    title: 'Nobody is left cold by the change',
    kind: 'GUARDRAIL',
    challenge: 'clean-heat-in-homes',
    measures: [
      {
        id: 'households-in-fuel-poverty',
        title: 'Households in fuel poverty in England',
        steward: 'department-for-energy-security-and-net-zero',
        area: 'E92000001',
        definitions: [
          {
            formula:
              'Low Income Low Energy Efficiency: homes of band D or below whose household is left below the poverty line once the home is heated.',
            unit: 'percent of households',
            decimals: 1,
            polarity: 'LOWER',
            frequency: 'YEAR',
            source: 'Department for Energy Security and Net Zero, annual fuel poverty statistics',
            releasedOn: '2024-02-15',
          },
        ],
        publications: [
          {
            source:
              'Annual fuel poverty statistics report 2024 (Department for Energy Security and Net Zero, February 2024), as cited by the Leeds Observatory.',
            releasedOn: '2024-02-15',
            reason: 'NEW_DATA',
            figures: { 2020: '13.2', 2021: '13.1', 2022: '13.1', 2023: '13.0' },
          },
          {
            source:
              'Annual fuel poverty statistics report 2025 (Department for Energy Security and Net Zero, March 2025), as cited by the End Fuel Poverty Coalition.',
            releasedOn: '2025-03-27',
            reason: 'NEW_DATA',
            figures: { 2023: '11.4', 2024: '11.0' },
          },
        ],
        targets: [
          {
            id: 'fuel-poverty-ceiling',
            kind: 'CEILING',
            value: '11.5',
            from: '2024-01-01',
            setBy: 'Mission Delivery Unit (illustrative)',
            note: 'Illustrative: a guardrail made up to show the hub.',
          },
        ],
      },
    ],
  },
];
