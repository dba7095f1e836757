import { defineCommand } from '../cli.js';
import { table } from '../output/table.js';
import { formatDuration, formatSize } from '../output/units.js';

export default defineCommand<{ quiet?: boolean; trunc: boolean; human: boolean; format?: string }>({
  configure(command) {
    command
      .argument('<image>', 'name or ID')
      .option('-q, --quiet', 'only the digests of layers')
      .option('--no-trunc', 'whole commands and digests')
      .option('-H, --no-human', 'sizes in bytes, times as they are')
      .option('--format <format>', 'table or json')
      .addHelpText('after', '\nExample:\n  caisson history --no-trunc app\n');
  },
  async run(cli, [name = ''], { quiet, trunc, human, format }) {
    const { manifest, config } = await cli.engine.images.get(name);
    let place = 0;
    const rows = (config.history ?? []).map(({ created, created_by: by = '', comment = '', empty_layer: empty }) => {
      const layer = empty ? undefined : manifest.layers[place];
      const diffId = empty ? undefined : config.rootfs.diff_ids[place++];
      const at = Date.parse(created ?? '');
      return {
        Layer: diffId ? (trunc ? diffId.slice(7, 19) : diffId) : '<none>',
        CreatedSince: Number.isNaN(at) || at <= 0 ? 'N/A' : human ? `${formatDuration(Date.now() - at)} ago` : (created ?? ''),
        CreatedBy: trunc && by.length > 60 ? `${by.slice(0, 59)}…` : by,
        Size: human ? formatSize(layer?.size ?? 0) : String(layer?.size ?? 0),
        Comment: comment,
      };
    });
    rows.reverse();
    if (quiet) for (const row of rows) cli.print(row.Layer);
    else if (format === 'json') for (const row of rows) cli.print(JSON.stringify(row));
    else cli.print(table(['LAYER', 'CREATED', 'CREATED BY', 'SIZE', 'COMMENT'], rows.map((row) => Object.values(row).map((cell) => cell.replaceAll(/[\t\n]+/g, ' ')))));
  },
});
