import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';

export type SubgraphName = 'missions' | 'budgets' | 'contributions' | 'outcomes';

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@inaccessible"])`;

/** A small graph of the hub's kind: four subgraphs that share missions and organisations. */
export const subgraphTypes: Record<SubgraphName, string> = {
  missions: `${link}
    type Query {
      missions(first: Int! = 20): MissionConnection!
      mission(id: ID!): Mission
      "Answers after a while which organisation asked."
      callerAfter(ms: Int!): String!
      signed: Boolean!
      refused(code: String!): String
    }
    type Mutation { renameMission(name: String!): RenameMissionPayload! }
    type RenameMissionPayload { mission: Mission userErrors: [UserError!]! }
    interface UserError { code: String! message: String! }
    type EmptyName implements UserError { code: String! message: String! least: Int! }
    type Refusal implements UserError { code: String! message: String! }
    type MissionConnection { nodes: [Mission!]! }
    type Mission @key(fields: "id") { id: ID! name: String! purpose: String }
    type Organisation @key(fields: "id") { id: ID! name: String! }
  `,
  budgets: `${link}
    type Query { pooledBudget(id: ID!): PooledBudget }
    type Mission @key(fields: "id") { id: ID! budgets: [PooledBudget!] budgetsCaller: String brokenBudget: String }
    type PooledBudget @key(fields: "id") { id: ID! currency: String! host: Organisation hidden: String @inaccessible }
    type Organisation @key(fields: "id", resolvable: false) { id: ID! }
  `,
  contributions: `${link}
    type Query { contributionCount: Int contributionLimit: Int! }
    type Mission @key(fields: "id") { id: ID! contributions(first: Int! = 20): ContributionConnection }
    type ContributionConnection { nodes: [Contribution!]! }
    enum ContributionKind { MONEY STAFF }
    scalar Decimal
    type Contribution { id: ID! kind: ContributionKind! amount: Decimal! contributor: Organisation }
    type Organisation @key(fields: "id", resolvable: false) { id: ID! }
  `,
  outcomes: `${link}
    type Query { measure(id: ID!): Measure }
    type Mission @key(fields: "id") { id: ID! outcomes: [Outcome!] }
    type Outcome { id: ID! title: String! weight: Int }
    type Measure @key(fields: "id") { id: ID! title: String! value: Float }
  `,
};

/** The composed graph: what the gateway plans with, and what its clients see. */
export function composeTestGraph(): { supergraph: string; publicSchema: string } {
  const parts = Object.entries(subgraphTypes).map(([name, types]) => ({ name, url: '', typeDefs: parse(types) }));
  const { supergraphSdl, publicSdl, errors } = composeServices(parts);
  if (!supergraphSdl || !publicSdl) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return { supergraph: supergraphSdl, publicSchema: publicSdl };
}
