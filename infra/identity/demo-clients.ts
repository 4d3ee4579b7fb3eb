import type { Role } from '../../services/kernel/caller.js';

/** The secret of every demo client: demo identity keeps nobody out, it only says who speaks. */
export const demoSecret = 'demo';

export interface DemoClient {
  id: string;
  organisation: string;
  role: Role;
}

const slug = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const longestSlug = 120;

const missionDeliveryUnit = 'mission-delivery-unit';

/** Every role and who may hold it. */
const holders: Record<Role, 'any organisation' | readonly string[]> = {
  publisher: 'any organisation',
  approver: 'any organisation',
  'accounting-officer': 'any organisation',
  statistician: 'any organisation',
  'mission-unit': [missionDeliveryUnit],
  'mission-finance': [missionDeliveryUnit],
  auditor: ['national-audit-office', missionDeliveryUnit],
};
const roles = Object.keys(holders) as Role[];

/**
 * The demo client with this id, `<organisation>.<role>`. Clients are read from their id and not from a list, because
 * imports bring thousands of organisations. Throws an Error with one sentence when there is no such client.
 */
export function demoClient(id: string): DemoClient {
  const dot = id.lastIndexOf('.');
  const [organisation, stated] = [id.slice(0, Math.max(dot, 0)), id.slice(dot + 1)];
  if (dot < 0 || organisation.length > longestSlug || !slug.test(organisation)) {
    throw new Error(
      `${quoted(id)} is not a client: write <organisation>.<role>, for example department-for-education.publisher.`,
    );
  }
  const role = roles.find((known) => known === stated);
  if (!role) throw new Error(`There is no role ${quoted(stated)}: the roles are ${roles.join(', ')}.`);
  const only = holders[role];
  if (only !== 'any organisation' && !only.includes(organisation)) {
    const clients = only.map((name) => `${name}.${role}`).join(' or ');
    throw new Error(`Only ${only.join(' and ')} can hold the role ${role}: use ${clients}.`);
  }
  return { id, organisation, role };
}

/** What the caller wrote, short and without control characters, fit for a line on a terminal. */
const quoted = (text: string) => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
