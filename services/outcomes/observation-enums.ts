import { registerEnumType } from 'type-graphql';

/** Kept as the letters of SDMX, shown by name. */
export enum ObservationStatus {
  NORMAL = 'A',
  PROVISIONAL = 'P',
  ESTIMATED = 'E',
  BREAK = 'B',
  MISSING = 'M',
}
registerEnumType(ObservationStatus, {
  name: 'ObservationStatus',
  description: 'What its publisher says about a figure: the SDMX observation status.',
  valuesConfig: {
    NORMAL: { description: 'A: nothing special about it.' },
    PROVISIONAL: { description: 'P: expected to be revised.' },
    ESTIMATED: { description: 'E: estimated, not counted.' },
    BREAK: { description: 'B: the first figure after a break in the series.' },
    MISSING: { description: 'M: there is no figure for this period.' },
  },
});

export enum ValueKind {
  NUMBER = 'NUMBER',
  MISSING = 'MISSING',
  SUPPRESSED = 'SUPPRESSED',
  NOT_APPLICABLE = 'NOT_APPLICABLE',
  WITHDRAWN = 'WITHDRAWN',
}
registerEnumType(ValueKind, {
  name: 'ValueKind',
  description: 'Whether there is a number, and why not. Zero is a number.',
  valuesConfig: {
    NUMBER: { description: 'There is a number; it may be zero.' },
    MISSING: { description: 'Nothing was collected or published.' },
    SUPPRESSED: {
      description:
        'There is a number, withheld so that nobody is recognised. It does not follow, nor to within one unit, from the figures and samples around it, in any vintage or under any definition of the measure with periods of its length; additiveOver of the definition says what sums.',
    },
    NOT_APPLICABLE: { description: 'There cannot be a number here.' },
    WITHDRAWN: { description: 'There was a figure, and its publisher took it back; withdrawnBecause says why.' },
  },
});

export enum RevisionReason {
  NEW_DATA = 'NEW_DATA',
  METHOD = 'METHOD',
  ERROR = 'ERROR',
  ROUTINE = 'ROUTINE',
}
registerEnumType(RevisionReason, {
  name: 'RevisionReason',
  description: 'Why a vintage came about.',
  valuesConfig: {
    NEW_DATA: { description: 'It is the first, or more was collected since.' },
    METHOD: { description: 'The way of working it out changed.' },
    ERROR: { description: 'The earlier one was wrong.' },
    ROUTINE: { description: 'A revision that is part of the routine.' },
  },
});

export enum Vintages {
  LATEST = 'LATEST',
  ALL = 'ALL',
}
registerEnumType(Vintages, {
  name: 'Vintages',
  description: 'Which states of a figure to list.',
  valuesConfig: {
    LATEST: { description: 'The newest one known of each figure.' },
    ALL: { description: 'Every one known, the superseded too.' },
  },
});
