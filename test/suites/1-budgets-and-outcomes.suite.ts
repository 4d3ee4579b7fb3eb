import { suiteOf } from './suite.js';

suiteOf('services/budgets', 'services/budgets/ledger', 'clients/ledger', 'clients/publish', 'schema');
suiteOf('services/outcomes');
