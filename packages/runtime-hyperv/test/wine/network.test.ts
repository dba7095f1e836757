import { wineSuite } from '../support/wine-suite.js';
import { networkCaseNames } from './network-cases.js';

wineSuite('network', 'network driver', networkCaseNames);
