import { Command } from 'commander';
import { hubShape, readSettings, withDemoDefaults } from '../../services/kernel/environment.js';
import { demoClient } from './demo-clients.js';
import { requestToken } from './request-token.js';

const guide = `
A client is <organisation>.<role>, for example department-for-education.publisher.
Any organisation has: publisher, approver, accounting-officer, statistician.
mission-delivery-unit also has: mission-unit, mission-finance, auditor. national-audit-office also has: auditor.

The hub must be running. The issuer is found at OIDC_ISSUER, by default http://localhost:<HUB_PORT + 5>.
Only the token goes to the standard output; npm adds its own lines there unless it is told to be silent:

  $ TOKEN=$(npm run --silent token -- department-for-education.publisher)
  $ curl -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
      -d '{"query":"{ missions(first: 3) { nodes { id name } } }"}' http://localhost:4000/graphql
`;

const command = new Command('npm run token --')
  .description('Prints an access token of a demo client, valid for 15 minutes.')
  .argument('<client>', 'the client, <organisation>.<role>')
  .addHelpText('after', guide)
  .action(async (clientId: string) => {
    const { OIDC_ISSUER } = withDemoDefaults(readSettings(hubShape));
    const { id } = demoClient(clientId);
    console.log(await requestToken(OIDC_ISSUER, id));
  });

command.parseAsync().catch((fault: Error) => command.error(fault.message));
