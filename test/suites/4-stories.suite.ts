import { suiteOf } from './suite.js';

suiteOf('test/stories', 'test/federation');
