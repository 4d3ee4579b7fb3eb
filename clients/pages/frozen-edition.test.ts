import { describe, expect, it } from '@jest/globals';
import { type BriefingThen, frozenPage } from './frozen-briefing.js';
import { renderFrom } from './render.js';

const at = (day: string) => `2026-${day}T23:30:00.000Z`;
const energy = { id: 'desnz', name: 'Department for Energy' };
const figure = {
  ...{ period: '2021', value: '1234567.80', valueKind: 'NUMBER', low: null, high: null, confidenceLevel: null },
  ...{ status: 'NORMAL', unit: 'MtCO2e', vintage: 2, releasedAt: at('01-05'), withdrawnBecause: null },
};
const target = {
  ...{ definition: 1, revision: 1, kind: 'POINT_BY_DATE', value: '50', upper: null },
  ...{ periodStart: null, periodEnd: '2030-12-31', legalBasis: null, note: null },
};
const from = { periodStart: '2026-01-01' };
const measure = {
  ...{ title: 'Emissions <all>', outcome: { title: 'Less warming' }, steward: energy },
  definitions: [1, 2].map((number) => ({ number, unit: 'MtCO2e', formula: `f${number}`, source: 's' })),
};
const points = [{ period: '2021', value: '1200000', low: '1190000', high: '1210000' }];
const trajectory = { version: 3, definition: 1, method: 'straight line', author: 'DESNZ', points };

/** One measure as evidence, with every kind of target. */
const evidence = (verdict: string, more: object = {}, course: typeof trajectory | null = trajectory) => ({
  ...{ lockedAt: at('03-28'), measure },
  knownThen: {
    ...{ definition: 2, verdict, rule: `The rule of ${verdict}.`, trajectory: course },
    figure: { ...figure, ...more },
    targets: [
      target,
      { ...target, ...from, kind: 'FLOOR', legalBasis: 'Climate Change Act' },
      { ...target, ...from, kind: 'CEILING', periodEnd: null, note: 'Not the legal account.' },
      { ...target, ...from, kind: 'CUMULATIVE_CAP' },
      { ...target, kind: 'RATE' },
      { ...target, ...from, kind: 'RANGE', upper: '60' },
    ],
  },
});

/** All that a frozen page can say, once. */
const everything: BriefingThen = {
  ...{ id: 'briefing-0', heldAt: at('03-29'), decisionMaker: 'Secretary of State', illustrative: true },
  summary: 'First & foremost.\n\nSecond.',
  mission: { name: 'Clean energy', purpose: 'Power without carbon.' },
  experts: [energy],
  outcomes: [{ title: 'Less warming' }],
  measures: [{ title: 'Leaks' }],
  steps: ['SCHEDULED', 'EVIDENCE_LOCKED', 'HELD', 'PUBLISHED'].map((state, day) => ({
    ...{ state, releasedAt: at(`03-2${6 + day}`) },
  })),
  evidence: [
    evidence('AHEAD', { low: '1', high: '2', confidenceLevel: '95', status: 'PROVISIONAL' }),
    evidence('ON', { status: 'ESTIMATED' }, null),
    evidence('BEHIND', { status: 'BREAK', period: '2022' }),
    evidence('NOT_DISTINGUISHABLE', { low: '1', high: '2' }),
    evidence('NO_DATA', { value: null, valueKind: 'MISSING', status: 'MISSING' }),
    evidence('NOT_COMPARABLE', { value: null, valueKind: 'SUPPRESSED' }),
    evidence('NO_DATA', { value: null, valueKind: 'NOT_APPLICABLE' }),
    evidence('NO_DATA', { value: null, valueKind: 'WITHDRAWN', withdrawnBecause: 'A wrong sheet.' }),
    { ...evidence('NO_DATA'), knownThen: { ...evidence('NO_DATA').knownThen, figure: null, targets: [] } },
  ],
  decisions: [
    {
      account: 'The grid first.',
      decision: {
        ...{ id: 'decision-1', question: 'What of the grid?', chosen: 'Build', rationale: 'It waits.' },
        ...{ decidedAt: at('10-24'), decider: energy },
      },
    },
    { account: 'Still open.', decision: null },
  ],
};

describe('edition 1 of frozen pages', () => {
  // What was published in this edition is kept by others by its hash. Who wants another look, or another word, makes
  // templates and words of an edition 2 beside these, for briefings that are published from then on.
  it('writes the same bytes from the same answer for ever', () => {
    const { page, hash } = frozenPage(renderFrom('clients/pages/templates', {}), everything);
    expect([hash, page.length]).toEqual(['d9ddfda4f1820fbce28365d9673e9e54b34285a981f496acb187906799d9c318', 19_130]);
  });

  it('names no mission where the register knew none', () => {
    const { page } = frozenPage(renderFrom('clients/pages/templates', {}), { ...everything, mission: null });
    expect(page).toContain('Briefing on a mission not registered here');
  });
});
