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

/** Names of breaking changes that are announced: each with its reason and the day it was. */
export const announcedChanges: Record<string, string> = {
  "Field 'Discrepancy.controlTotal' changed type from 'ControlTotal!' to 'ControlTotal'":
    '2026-11-22: a discrepancy of a contribution may be in several control totals.',
  "Field 'Query.discrepancies' changed type from 'DiscrepancyConnection!' to 'DiscrepancyConnection'": whenAway,
  "Field 'Query.pooledBudgets' changed type from 'PooledBudgetConnection!' to 'PooledBudgetConnection'": whenAway,
  "Field 'Query.totalsOverMissions' changed type from '[OverMissionsTotal!]!' to '[OverMissionsTotal!]'": whenAway,
  "Field 'Query.contributions' changed type from 'ContributionConnection!' to 'ContributionConnection'": whenAway,
  "Field 'Query.decisions' changed type from 'DecisionConnection!' to 'DecisionConnection'": whenAway,
  "Field 'Query.missions' changed type from 'MissionConnection!' to 'MissionConnection'": whenAway,
  "Field 'Query.organisations' changed type from 'OrganisationConnection!' to 'OrganisationConnection'": whenAway,
  "Field 'Query.waitingOn' changed type from 'DependencyConnection!' to 'DependencyConnection'": whenAway,
  "Field 'Query.briefings' changed type from 'BriefingConnection!' to 'BriefingConnection'": whenAway,
  "Field 'Query.outcomes' changed type from 'OutcomeConnection!' to 'OutcomeConnection'": whenAway,
  "Field 'Query.releases' changed type from 'ReleaseConnection!' to 'ReleaseConnection'": whenAway,
};
