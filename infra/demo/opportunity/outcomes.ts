import type { DefinitionContent, OutcomeContent, PublicationContent } from '../shape.js';

const source =
  'Department for Education, early years foundation stage profile, as the Social Mobility Commission reports it';
const first = (who: string): DefinitionContent => ({
  formula: `Share of ${who} with at least the expected level in the seventeen early learning goals that counted until 2020/21.`,
  ...{ unit: 'percent', decimals: 0, polarity: 'HIGHER', frequency: 'ACADEMIC_YEAR', source },
});
const second = (who: string): DefinitionContent => ({
  ...first(who),
  formula: `Share of ${who} with at least the expected level in the goals as reformed in September 2021.`,
  since: {
    validFrom: '2021-09-01',
    comparable: false,
    reason: 'The early years foundation stage was reformed in September 2021: the goals are others.',
  },
});

const published = (definition: number, figures: PublicationContent['figures']): PublicationContent => ({
  source:
    'Social Mobility Commission, State of the Nation data for 2026, indicator IN11 (Open Government Licence v3.0); the copy states no day of release.',
  file: 'ukgov-equality-hub/smc-son, R/input/SON26/2026-01-01-in11-full-dataset.csv',
  ...{ definition, reason: 'ROUTINE', figures },
});

export const opportunityOutcomes: OutcomeContent[] = [
  {
    id: 'children-ready-to-learn',
    title: 'Children are ready to learn when school begins',
    kind: 'OUTCOME',
    challenge: 'ready-to-learn',
    measures: [
      {
        id: 'good-level-of-development',
        title: 'Children with a good level of development at five',
        steward: 'department-for-education',
        area: 'E92000001',
        definitions: [first('all children'), second('all children')],
        publications: [
          {
            source:
              'Social Mobility Commission, level of development at age 5, first edition (Open Government Licence v3.0); the copy states no day of release.',
            file: 'ukgov-equality-hub/smc-son, level_of_development_at_age_5/1.0',
            definition: 1,
            reason: 'NEW_DATA',
            figures: { '2015/16': '69', '2016/17': '71', '2017/18': '72', '2018/19': '72', '2019/20': null },
          },
          {
            source:
              'Social Mobility Commission, level of development at age 5, first edition (Open Government Licence v3.0); the copy states no day of release.',
            file: 'ukgov-equality-hub/smc-son, level_of_development_at_age_5/1.0',
            definition: 2,
            reason: 'NEW_DATA',
            figures: { '2021/22': { value: '65.2', status: 'B' } },
          },
          published(2, {
            '2021/22': { value: '65', status: 'B' },
            '2022/23': '67',
            '2023/24': '68',
            '2024/25': '68',
          }),
        ],
        baseline: {
          period: '2023/24',
          note: 'The Plan for Change counts from 2023/24, for which it states 67.7 percent.',
        },
        targets: [
          {
            id: 'ready-to-learn-by-2028',
            definition: 2,
            kind: 'POINT_BY_DATE',
            value: '75',
            until: '2028-12-31',
            setBy: 'HM Government, Plan for Change, 5 December 2024',
            url: 'https://fullfact.org/government-tracker/75-percent-ready-to-learn',
            verified: 'Read in the text of the page at the address given; the exact day in 2028 is not verified.',
          },
        ],
        trajectory: {
          definition: 2,
          method: 'A straight line from 67.7 in 2023/24 to 75 in 2027/28.',
          points: [
            { period: '2023/24', value: '67.7' },
            { period: '2024/25', value: '69.5' },
            { period: '2025/26', value: '71.4' },
            { period: '2026/27', value: '73.2' },
            { period: '2027/28', value: '75' },
          ],
        },
      },
    ],
  },
  {
    id: 'poorer-children-keep-up',
    title: 'Children of poorer families do not fall further behind',
    kind: 'GUARDRAIL',
    challenge: 'ready-to-learn',
    measures: [
      {
        id: 'good-level-of-development-free-meals',
        title: 'Children eligible for free school meals with a good level of development at five',
        steward: 'department-for-education',
        area: 'E92000001',
        definitions: [
          first('children eligible for free school meals'),
          second('children eligible for free school meals'),
        ],
        publications: [
          published(1, { '2015/16': '54', '2016/17': '56', '2017/18': '57', '2018/19': '57', '2019/20': null }),
          published(2, {
            '2021/22': { value: '49', status: 'B' },
            '2022/23': '52',
            '2023/24': '52',
            '2024/25': '51',
          }),
        ],
        trajectory: {
          definition: 1,
          method: 'Drawn for the goals before the reform and never drawn again: it cannot be used any more.',
          points: [
            { period: '2022/23', value: '61' },
            { period: '2023/24', value: '62' },
            { period: '2024/25', value: '63' },
          ],
        },
      },
    ],
  },
];
