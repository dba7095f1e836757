import './activation.js';
