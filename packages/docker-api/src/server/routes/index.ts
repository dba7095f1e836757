import type { Handler } from '../http/call.js';
import type { Route } from '../http/router.js';
import { buildRoutes } from './build.js';
import { caissonRoutes } from './caisson.js';
import { containerAttachRoutes } from './containers-attach.js';
import { containerCommitRoutes } from './containers-commit.js';
import { containerCreateRoutes } from './containers-create.js';
import { containerFileRoutes } from './containers-files.js';
import { containerLogRoutes } from './containers-logs.js';
import { containerLookRoutes } from './containers-look.js';
import { containerStateRoutes } from './containers-state.js';
import { containerStatsRoutes } from './containers-stats.js';
import { distributionRoutes } from './distribution.js';
import { eventRoutes } from './events.js';
import { execRoutes } from './exec.js';
import { imageArchiveRoutes } from './images-archive.js';
import { imageTransferRoutes } from './images-transfer.js';
import { imageRoutes } from './images.js';
import { networkRoutes } from './networks.js';
import { swarmRoutes } from './swarm.js';
import { systemRoutes } from './system.js';
import { volumeRoutes } from './volumes.js';

/** Every endpoint of the Docker Engine API, and Caisson's own. */
export const routes: readonly Route<Handler>[] = [
  ...systemRoutes,
  ...eventRoutes,
  ...containerCreateRoutes,
  ...containerLookRoutes,
  ...containerStateRoutes,
  ...containerAttachRoutes,
  ...containerLogRoutes,
  ...containerStatsRoutes,
  ...containerFileRoutes,
  ...containerCommitRoutes,
  ...execRoutes,
  ...imageArchiveRoutes,
  ...imageTransferRoutes,
  ...imageRoutes,
  ...buildRoutes,
  ...volumeRoutes,
  ...networkRoutes,
  ...distributionRoutes,
  ...swarmRoutes,
  ...caissonRoutes,
];
