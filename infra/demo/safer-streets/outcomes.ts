import type { OutcomeContent, PublicationContent } from '../shape.js';

const officers = (releasedOn: string, source: string, figures: PublicationContent['figures']): PublicationContent => ({
  ...{ source, releasedOn, reason: 'ERROR', figures },
});

export const saferStreetsOutcomes: OutcomeContent[] = [
  {
    id: 'less-knife-crime',
    title: 'Fewer offences with knives',
    kind: 'OUTCOME',
    challenge: 'fewer-knives',
    measures: [
      {
        id: 'knife-offences',
        title: 'Offences with a knife or sharp instrument recorded by the police',
        steward: 'office-for-national-statistics',
        area: 'K04000001',
        definitions: [
          {
            formula: 'Offences recorded by the police in England and Wales, without Greater Manchester Police.',
            unit: 'offences',
            decimals: 0,
            polarity: 'LOWER',
            frequency: 'FINANCIAL_YEAR',
            source: 'Office for National Statistics, crime in England and Wales',
            releasedOn: '2020-07-17',
          },
          {
            formula: 'Offences recorded by the police in England and Wales, without Devon and Cornwall Police.',
            unit: 'offences',
            decimals: 0,
            polarity: 'LOWER',
            frequency: 'FINANCIAL_YEAR',
            source: 'Home Office and Office for National Statistics, police recorded crime',
            releasedOn: '2023-09-29',
            since: {
              validFrom: '2019-04-01',
              comparable: false,
              reason: 'Greater Manchester is in it now, and Devon and Cornwall are not.',
            },
          },
        ],
        publications: [
          {
            source:
              'Office for National Statistics, crime in England and Wales, year ending March 2020, released in July 2020, as reported by the South Wales Argus on 20 July 2020.',
            releasedOn: '2020-07-17',
            definition: 1,
            reason: 'NEW_DATA',
            figures: { '2018-19': '43706', '2019-20': '46265' },
          },
          {
            source:
              'Home Office and Office for National Statistics, police recorded crime to March 2023, as reported by the Express & Star on 29 September 2023.',
            releasedOn: '2023-09-29',
            definition: 2,
            reason: 'NEW_DATA',
            figures: { '2019-20': '54293', '2021-22': '48204', '2022-23': '50489' },
          },
        ],
        baseline: { period: '2019-20', note: 'The last year before the pandemic.' },
        trajectory: {
          definition: 2,
          method: 'A straight line from 54,293 in 2019-20 to half of it ten years later.',
          points: [
            { period: '2021-22', value: '48864' },
            { period: '2022-23', value: '46149' },
            { period: '2023-24', value: '43434' },
          ],
        },
      },
    ],
  },
  {
    id: 'officers-people-know',
    title: 'Officers and support officers work in neighbourhoods',
    kind: 'OUTPUT',
    challenge: 'a-named-officer',
    measures: [
      {
        id: 'neighbourhood-policing',
        title: 'Neighbourhood officers and support officers at the end of March',
        steward: 'home-office',
        area: 'K04000001',
        definitions: [
          {
            formula: 'Full-time equivalents in neighbourhood roles on 31 March, the last day of the year named.',
            unit: 'full-time equivalents',
            decimals: 0,
            polarity: 'HIGHER',
            frequency: 'FINANCIAL_YEAR',
            source: 'Home Office, police workforce, England and Wales',
            releasedOn: '2024-07-24',
          },
        ],
        publications: [
          officers(
            '2024-07-24',
            'Home Office, police workforce at 31 March 2024, as reported by the BBC in July 2025.',
            {
              '2023-24': '19634',
            },
          ),
          officers(
            '2025-03-19',
            'Home Office, provisional revision to neighbourhood policing at 31 March 2024, 19 March 2025: lower by 2,611 because forces had counted people in other roles.',
            { '2023-24': { value: '17023', status: 'P' } },
          ),
          officers(
            '2025-07-23',
            'Home Office, police workforce at 31 March 2025, as reported by the BBC in July 2025.',
            {
              '2023-24': '16961',
              '2024-25': '17175',
            },
          ),
        ],
        targets: [
          {
            id: 'thirteen-thousand-more',
            kind: 'POINT_BY_DATE',
            value: '29961',
            until: '2029-03-31',
            setBy: 'HM Government, Plan for Change, 5 December 2024',
            url: 'https://www.gov.uk/government/missions',
            verified:
              'The 13,000 more are in the text of the page; what they are counted from, and the day, are not verified.',
            note: 'The 13,000 include special constables, who are not in this series; counted here from 16,961.',
          },
        ],
        trajectory: {
          definition: 1,
          method: 'A straight line from 16,961 to 29,961 in five years.',
          points: [
            { period: '2024-25', value: '19561' },
            { period: '2025-26', value: '22161' },
            { period: '2026-27', value: '24761' },
          ],
        },
        judgement: {
          verdict: 'NOT_COMPARABLE',
          name: 'Mission Delivery Unit (illustrative)',
          reason: 'Illustrative: money for the new posts began only in April 2025, after the newest figure.',
        },
      },
    ],
  },
  {
    id: 'searches-with-reason',
    title: 'People are not searched without reason',
    kind: 'GUARDRAIL',
    challenge: 'fewer-knives',
    measures: [
      {
        id: 'searches-that-lead-to-arrest',
        title: 'Searches of people that led to an arrest',
        steward: 'home-office',
        area: 'K04000001',
        definitions: [
          {
            formula:
              'Share of stop and searches under section 1 of the Police and Criminal Evidence Act that led to an arrest.',
            unit: 'percent',
            decimals: 0,
            polarity: 'HIGHER',
            frequency: 'FINANCIAL_YEAR',
            source: 'Home Office, police powers and procedures',
            releasedOn: '2022-10-27',
          },
        ],
        publications: [
          {
            source:
              'Home Office, police powers and procedures: stop and search, year ending 31 March 2022, 27 October 2022.',
            releasedOn: '2022-10-27',
            reason: 'NEW_DATA',
            figures: { '2020-21': '11', '2021-22': '13' },
          },
        ],
        targets: [
          {
            id: 'searches-floor',
            kind: 'FLOOR',
            value: '12',
            from: '2021-04-01',
            setBy: 'Mission Delivery Unit (illustrative)',
            note: 'Illustrative: a guardrail made up to show the hub.',
          },
        ],
      },
    ],
  },
];
