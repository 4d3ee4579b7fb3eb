import { registerEnumType } from 'type-graphql';

export enum ContributionState {
  DRAFT = 'DRAFT',
  PLEDGED = 'PLEDGED',
  NEGOTIATING = 'NEGOTIATING',
  AGREED = 'AGREED',
  COMMITTED = 'COMMITTED',
  PART_DEPOSITED = 'PART_DEPOSITED',
  DEPOSITED = 'DEPOSITED',
  FULFILLED = 'FULFILLED',
  CLOSED = 'CLOSED',
  SUSPENDED = 'SUSPENDED',
  DECLINED = 'DECLINED',
  WITHDRAWN = 'WITHDRAWN',
  LAPSED = 'LAPSED',
  WRITTEN_OFF = 'WRITTEN_OFF',
}
registerEnumType(ContributionState, {
  name: 'ContributionState',
  description: 'Where a contribution stands.',
  valuesConfig: {
    DRAFT: { description: 'Being written; seen by its contributor and auditors only.' },
    PLEDGED: { description: 'A statement of intent that binds nobody; in no total but its own.' },
    NEGOTIATING: { description: 'The two sides talk about its terms in rounds.' },
    AGREED: { description: 'Both sides accepted the same version.' },
    COMMITTED: {
      description: 'Binding: approved by the accounting officer of the contributor and by mission finance.',
    },
    PART_DEPOSITED: { description: 'Part of it is in the pool.' },
    DEPOSITED: { description: 'All that is not written off is in the pool.' },
    FULFILLED: { description: 'All of it was spent, refunded or carried over.' },
    CLOSED: { description: 'Nothing more will happen to it.' },
    SUSPENDED: { description: 'Held up by a condition that is not met.' },
    DECLINED: { description: 'The mission did not take it.' },
    WITHDRAWN: { description: 'The contributor took it back before it was binding.' },
    LAPSED: { description: 'Nobody acted on it in time.' },
    WRITTEN_OFF: { description: 'It was binding, nothing arrived, and nothing is expected any more.' },
  },
});

const { DRAFT, PLEDGED, NEGOTIATING, AGREED, COMMITTED, PART_DEPOSITED, DEPOSITED } = ContributionState;
const { FULFILLED, CLOSED, SUSPENDED, DECLINED, WITHDRAWN, LAPSED, WRITTEN_OFF } = ContributionState;

/** The state table: from each state, the states that can follow. PostgreSQL holds the same table and who may do it. */
export const nextStates: Readonly<Record<ContributionState, readonly ContributionState[]>> = {
  [DRAFT]: [PLEDGED],
  [PLEDGED]: [NEGOTIATING, DECLINED, WITHDRAWN, LAPSED],
  [NEGOTIATING]: [NEGOTIATING, AGREED, DECLINED, WITHDRAWN, LAPSED],
  [AGREED]: [COMMITTED, WITHDRAWN],
  [COMMITTED]: [PART_DEPOSITED, DEPOSITED, SUSPENDED, WRITTEN_OFF],
  [PART_DEPOSITED]: [DEPOSITED, SUSPENDED, WRITTEN_OFF, COMMITTED],
  [DEPOSITED]: [FULFILLED, PART_DEPOSITED, COMMITTED],
  [FULFILLED]: [CLOSED],
  [CLOSED]: [],
  [SUSPENDED]: [COMMITTED, PART_DEPOSITED],
  [DECLINED]: [],
  [WITHDRAWN]: [],
  [LAPSED]: [],
  [WRITTEN_OFF]: [],
};
