import 'reflect-metadata';
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';
import { services } from '../infra/services.js';
import { subgraphOf } from '../services/kernel/subgraph.js';

/**
 * Every file of `schema/` by its name, made anew from the classes. Throws an Error that lists all composition errors.
 * The supergraph names no addresses: where each subgraph is, the gateway's settings say.
 */
export function composeSchema(): Record<string, string> {
  const subgraphs = services.map((service) => ({ name: service.name, sdl: subgraphOf(service).sdl }));
  const { supergraphSdl, publicSdl, errors } = composeServices(
    subgraphs.map(({ name, sdl }) => ({ name, url: `http://${name}.invalid/graphql`, typeDefs: parse(sdl) })),
  );
  if (!supergraphSdl || !publicSdl) {
    throw new Error(`The schema does not compose:\n  ${errors?.map(({ message }) => message).join('\n  ')}`);
  }
  const withEnd = (text: string) => `${text.trimEnd()}\n`;
  return {
    ...Object.fromEntries(subgraphs.map(({ name, sdl }) => [`${name}.graphql`, withEnd(sdl)])),
    'supergraph.graphql': withEnd(supergraphSdl),
    'public.graphql': withEnd(publicSdl),
  };
}

const whenAway = '2026-11-23: null while the service that answers it is away, so that the rest of an answer stays.';
const nullWhenAway = {
  'DiscrepancyConnection!': ['Query.discrepancies'],
  'PooledBudgetConnection!': ['Query.pooledBudgets'],
  '[OverMissionsTotal!]!': ['Query.totalsOverMissions'],
  'ContributionConnection!': ['Query.contributions'],
  'DecisionConnection!': ['Query.decisions'],
  'MissionConnection!': ['Query.missions'],
  'OrganisationConnection!': ['Query.organisations'],
  'DependencyConnection!': ['Query.waitingOn'],
  'BriefingConnection!': ['Query.briefings'],
  'OutcomeConnection!': ['Query.outcomes'],
  'ReleaseConnection!': ['Query.releases'],
  'Measure!': ['StageGate.measure'],
  'Mission!': ['Contribution.mission', 'HelpRequest.mission'],
  'Organisation!': [
    ...['Contribution.contributor', 'HelpRequest.organisation', 'NegotiationRound.by', 'PaymentStatement.statedBy'],
    ...['CommitmentApproval.organisation', 'WriteOffApproval.organisation', 'RiskShare.organisation'],
    ...['Submission.organisation', 'SubmissionStep.organisation'],
  ],
  '[Organisation!]!': ['Agreement.signatories'],
};

/** Names of breaking changes that are announced: each with its reason and the day it was. */
export const announcedChanges: Record<string, string> = {
  "Field 'Discrepancy.controlTotal' changed type from 'ControlTotal!' to 'ControlTotal'":
    '2026-11-22: a discrepancy of a contribution may be in several control totals.',
  ...Object.fromEntries(
    Object.entries(nullWhenAway).flatMap(([type, fields]) =>
      fields.map((field) => [`Field '${field}' changed type from '${type}' to '${type.slice(0, -1)}'`, whenAway]),
    ),
  ),
};
