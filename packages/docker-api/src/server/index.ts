export { ApiServer, type ApiServerOptions } from './api-server.js';
export { Daemon, defaultSettings, type DaemonSettings } from './daemon.js';
export { systemInfo, systemVersion } from './routes/system-info.js';
