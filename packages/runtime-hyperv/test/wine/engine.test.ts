import { wineSuite } from '../support/wine-suite.js';
import { engineCaseNames } from './engine-cases.js';

wineSuite('engine', 'a whole engine', engineCaseNames);
