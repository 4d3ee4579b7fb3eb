/** A question worth asking, shown as a tab of /explore and planned before the gateway is ready. */
export interface ExampleDocument {
  title: string;
  query: string;
  variables?: object;
  headers?: Record<string, string>;
}

const missionView = `# What was promised, paid, spent and reached, for every mission: one question, four services.
query MissionView($first: Int = 5) {
  missions(first: $first) {
    nodes {
      id name purpose
      budgets { id host { id name } currency statement { committed { amount currency } deposited { amount } unallocated { amount } allocated { amount } drawnDown { amount } spent { amount } } }
      contributions(first: 20) {
        nodes { id contributor { id name } kind pooling state publicName deposited { amount currency } outstanding { amount } }
        pageInfo { endCursor hasNextPage } unavailable { id }
      }
      contributionTotals { state pooling financialYear total { amount currency } count }
      outcomes { id title kind measures { id title unit latest { period value low high status } assessment { verdict rule } } }
      waitingOn { id since reason amountBlocked { amount currency } decision { id question dueOn } }
      insights(first: 3) { nodes { id text } }
    }
    pageInfo { endCursor hasNextPage }
  }
}`;

const blockedMoney = `# Which decisions hold up money, since when, and how much.
query BlockedMoney {
  missions(first: 20) {
    nodes {
      id name
      waitingOn { id since reason amountBlocked { amount currency } decision { id question dueOn } }
    }
  }
}`;

const oneContribution = `# One promise and what has come of it. Take an id from the mission view.
query OneContribution($id: ID!) {
  contribution(id: $id) {
    id contributor { id name } mission { id name }
    kind pooling state publicName deposited { amount currency } outstanding { amount currency }
  }
}`;

const measureAsKnown = `# A figure and what it replaced. The header As-Known-At (see Headers) cuts the whole answer at an instant:
# only what had been published by then is there. The answer says which services honoured it.
query MeasureAsKnown($id: ID!) {
  measure(id: $id) {
    id title unit
    latest { period value status vintage releasedAt supersedes { value vintage } }
    assessment { verdict rule }
  }
}`;

const asItHappens = `# Tells of figures as they become public: published, released when the hour of their release strikes, withdrawn.
# Everything asked for is answered as it is at that moment. Name measures to be told of those only.
subscription AsItHappens($measures: [ID!]) {
  publishedFigures(measures: $measures) {
    id kind publicAt release { title }
    measures { id title latest { period value vintage } assessment { verdict rule } }
  }
}`;

export const exampleDocuments: readonly ExampleDocument[] = [
  { title: 'The mission view', query: missionView, variables: { first: 5 } },
  { title: 'What holds up money', query: blockedMoney },
  { title: 'Figures as they become public', query: asItHappens, variables: {} },
  { title: 'One contribution', query: oneContribution, variables: { id: '' } },
  {
    title: 'A measure as it was known',
    query: measureAsKnown,
    variables: { id: '' },
    headers: { 'As-Known-At': '2022-12-31T23:59:59Z' },
  },
];
