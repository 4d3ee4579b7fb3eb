import { registerEnumType } from 'type-graphql';

export enum ContributionKind {
  MONEY = 'MONEY',
  BUDGET_COVER = 'BUDGET_COVER',
  SECONDED_STAFF = 'SECONDED_STAFF',
  ASSET = 'ASSET',
  DATA = 'DATA',
  SERVICE = 'SERVICE',
  REGULATORY_ACTION = 'REGULATORY_ACTION',
  OUTCOME_SHARE = 'OUTCOME_SHARE',
}
registerEnumType(ContributionKind, {
  name: 'ContributionKind',
  description: 'What is contributed. MONEY and BUDGET_COVER have amounts; every other kind has a quantity and a unit.',
  valuesConfig: {
    MONEY: { description: 'Cash.' },
    BUDGET_COVER: { description: 'Authority to spend, moved from one budget to another.' },
    SECONDED_STAFF: { description: 'People, counted in full-time equivalents.' },
    ASSET: { description: 'Buildings, equipment, land.' },
    DATA: { description: 'Data that the mission may use.' },
    SERVICE: { description: 'Work done or a service provided.' },
    REGULATORY_ACTION: { description: 'A rule made, changed or lifted.' },
    OUTCOME_SHARE: { description: 'A share of the outcome itself, such as tonnes or places.' },
  },
});

/** The kinds that are counted in money; the others have a quantity. */
export const moneyKinds: readonly ContributionKind[] = [ContributionKind.MONEY, ContributionKind.BUDGET_COVER];

export const isMoney = (kind: ContributionKind): boolean => moneyKinds.includes(kind);

export enum Pooling {
  POOLED = 'POOLED',
  ALIGNED = 'ALIGNED',
  IN_KIND = 'IN_KIND',
}
registerEnumType(Pooling, {
  name: 'Pooling',
  description: 'How it is joined to the mission. The three are never added together.',
  valuesConfig: {
    POOLED: { description: 'It goes into the shared pool of the mission.' },
    ALIGNED: { description: 'It stays with the contributor, who spends it toward the mission.' },
    IN_KIND: { description: 'People, data, assets or actions in place of money.' },
  },
});

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
  description: 'The HM Treasury control total that money counts against.',
  valuesConfig: {
    RDEL_ADMIN: { description: 'Resource departmental expenditure limit, administration.' },
    RDEL_PROGRAMME: { description: 'Resource departmental expenditure limit, programme.' },
    CDEL: { description: 'Capital departmental expenditure limit.' },
    RAME: { description: 'Resource annually managed expenditure.' },
    CAME: { description: 'Capital annually managed expenditure.' },
    NON_BUDGET: { description: 'Outside the UK budgeting framework, such as money of other governments and donors.' },
  },
});

export enum Earmark {
  NONE = 'NONE',
  SOFT = 'SOFT',
  HARD = 'HARD',
}
registerEnumType(Earmark, {
  name: 'Earmark',
  description: 'How far the contributor binds what it may be used for.',
  valuesConfig: {
    NONE: { description: 'Anything the mission decides.' },
    SOFT: { description: 'A preferred use; the mission may decide otherwise.' },
    HARD: { description: 'Only the use that was agreed.' },
  },
});

export enum InstalmentStatus {
  STATED_PAID = 'STATED_PAID',
  DUE = 'DUE',
}
registerEnumType(InstalmentStatus, {
  name: 'InstalmentStatus',
  description:
    'What the contributor says about an instalment; whether it arrived is for the ledger of the pool to say.',
  valuesConfig: {
    STATED_PAID: { description: 'The contributor states that it paid.' },
    DUE: { description: 'Still to be paid.' },
  },
});

export enum AgreementInstrument {
  MOU = 'MOU',
  SECTION_75 = 'SECTION_75',
  COVER_TRANSFER = 'COVER_TRANSFER',
  GRANT = 'GRANT',
  CONTRACT = 'CONTRACT',
  SECTOR_DEAL = 'SECTOR_DEAL',
}
registerEnumType(AgreementInstrument, {
  name: 'AgreementInstrument',
  description: 'The legal or administrative form of an agreement.',
  valuesConfig: {
    MOU: { description: 'Memorandum of understanding.' },
    SECTION_75: { description: 'Pooled arrangement under section 75 of the National Health Service Act 2006.' },
    COVER_TRANSFER: { description: 'Transfer of budget cover between departments.' },
    GRANT: { description: 'Grant agreement.' },
    CONTRACT: { description: 'Contract.' },
    SECTOR_DEAL: { description: 'Deal between government and a sector.' },
  },
});

export enum Side {
  CONTRIBUTOR = 'CONTRIBUTOR',
  MISSION = 'MISSION',
}
registerEnumType(Side, {
  name: 'NegotiationSide',
  description: 'The two sides of a negotiation.',
  valuesConfig: {
    CONTRIBUTOR: { description: 'The organisation that contributes.' },
    MISSION: { description: 'The mission, for which the central mission unit speaks.' },
  },
});
