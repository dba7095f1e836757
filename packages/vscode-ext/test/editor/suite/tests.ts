import './activation.js';
import './language.js';
