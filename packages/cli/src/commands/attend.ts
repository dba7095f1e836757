import { defineCommand } from '../cli.js';

/** What the first container that needs it starts: checks health, rotates logs and sends them, and ends when nobody needs it. */
export default defineCommand({
  configure() {},
  async run(cli) {
    await cli.local.attend(cli.signal);
  },
});
