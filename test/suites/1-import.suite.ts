import { suiteOf } from './suite.js';

suiteOf('infra/import');
