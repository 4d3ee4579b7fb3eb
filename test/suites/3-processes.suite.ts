import { suiteOf } from './suite.js';

suiteOf('test', 'infra', 'infra/demo', 'infra/identity', 'infra/stores');
