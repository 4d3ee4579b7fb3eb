import { suiteOf } from './suite.js';

suiteOf('services/kernel', 'services/missions', 'services/outcomes');
