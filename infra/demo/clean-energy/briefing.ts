import type { BriefingContent } from '../shape.js';

/** What was accounted for in public, on the evidence of that day. All of it is made up. */
export const cleanEnergyBriefing: BriefingContent = {
  key: 'spring-2026',
  heldAt: '2026-05-12T13:00:00Z',
  decisionMaker: 'Secretary of State for Energy Security and Net Zero',
  experts: ['nesta'],
  summary:
    'Illustrative: heat pumps are being installed faster than a year ago and slower than the target needs. Grants for whole streets of social homes were decided; where policy costs on bills go was not.',
  accounts: [
    {
      decision: 'grant-route',
      account: 'Illustrative: a street at a time takes a third of the visits; it is looked at again in a year.',
    },
  ],
  questions: [
    {
      key: 'rural-homes',
      by: 'leeds-city-council.publisher',
      askedFor: 'a tenant of a rural home',
      text: 'Illustrative: does a street at a time leave out homes that stand alone?',
      answer: 'Illustrative: no, each household can still ask for its own grant.',
    },
    {
      key: 'bills',
      by: 'greater-manchester-combined-authority.publisher',
      text: 'Illustrative: when will running costs be lower than those of a gas boiler?',
    },
  ],
  claims: [
    {
      contribution: 'gmca-tonnes',
      outcome: 'lower-emissions',
      mechanism: 'Illustrative: homes that change from gas to heat pumps burn nothing on site.',
    },
    {
      contribution: 'mhclg-social-homes',
      outcome: 'clean-heat',
      mechanism: 'Illustrative: the grant pays for heat pumps in social homes that would have kept gas.',
      contested: {
        by: 'leeds-city-council.publisher',
        reason: 'Illustrative: some of these homes were to be changed in any case.',
      },
    },
  ],
};
