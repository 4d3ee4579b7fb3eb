import { registerEnumType } from 'type-graphql';

export enum ControlTotal {
  RDEL_ADMIN = 'RDEL_ADMIN',
  RDEL_PROGRAMME = 'RDEL_PROGRAMME',
  CDEL = 'CDEL',
  RAME = 'RAME',
  CAME = 'CAME',
  NON_BUDGET = 'NON_BUDGET',
}
registerEnumType(ControlTotal, {
  name: 'ControlTotal',
  description: 'Which of the totals that Parliament or the Treasury controls an amount counts against. Never added up.',
  valuesConfig: {
    RDEL_ADMIN: { description: 'Resource departmental expenditure limit, administration.' },
    RDEL_PROGRAMME: { description: 'Resource departmental expenditure limit, programme.' },
    CDEL: { description: 'Capital departmental expenditure limit.' },
    RAME: { description: 'Resource annually managed expenditure.' },
    CAME: { description: 'Capital annually managed expenditure.' },
    NON_BUDGET: { description: 'Outside the budgeting totals, such as money of partners that are no department.' },
  },
});
