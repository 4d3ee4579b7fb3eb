import { suiteOf } from './suite.js';

suiteOf('infra/demo', 'test/stories', 'test/federation', 'services/contributions');
suiteOf('services/kernel', 'services/missions', 'clients/publish');
