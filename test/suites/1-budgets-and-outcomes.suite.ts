import { suiteOf } from './suite.js';

suiteOf('services/budgets', 'services/budgets/ledger', 'clients/ledger', 'clients/publish', 'clients/pages', 'schema');
suiteOf('services/kernel', 'services/missions', 'services/outcomes');
