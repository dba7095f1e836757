export { apiVersion } from '../types/version.js';
