export { evaluate } from './evaluate.js';
export { headingFunctions } from './functions.js';
export { quote } from './printf.js';
export { parseTemplate } from './parser.js';
export { toJson, type Value } from './values.js';
