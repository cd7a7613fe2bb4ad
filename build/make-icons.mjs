/**
 * Draws every icon of the product from the SVGs in assets/source: `npm run icons`. With `--check` it writes nothing and
 * fails when a committed file is not what its SVG says. Invariant: the same sources give the same bytes.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Resvg } from '@resvg/resvg-js';
import pngToIco from 'png-to-ico';

const ASSETS = join(dirname(dirname(fileURLToPath(import.meta.url))), 'assets');
/** What Linux desktops and packages look for; macOS makes its own set from the largest. Pixels. */
const APP_SIZES = [16, 24, 32, 48, 64, 128, 256, 512];
const APP_LARGEST = 1024;
/** Below this the simpler drawing is clearer. Pixels. */
const SMALL_BELOW = 48;
const APP_ICO_SIZES = [16, 24, 32, 48, 64, 256];
/** The notification area at 100 to 250 %. Pixels. */
const TRAY_ICO_SIZES = [16, 20, 24, 32, 40];
/** What Linux desktops draw in their panels, by the icon themes' own custom; twice that on dense displays. Pixels. */
const PANEL_SIZE = 22;
/** The menu bar of macOS. Pixels. */
const TEMPLATE_SIZE = 16;
const DRAG_SIZE = 64;

const TRAY_STATES = ['idle', 'fetching', 'offline', 'error'];
/** Glyph colours by the panel they stand on. */
const ON_PANEL = { light: '#201f2e', dark: '#ffffff' };
const TEMPLATE_COLOUR = '#000000';

/** @param {string} name */
const source = (name) => readFileSync(join(ASSETS, 'source', `${name}.svg`), 'utf8');
/** @param {string} svg @param {number} size */
const png = (svg, size) => new Resvg(svg, { fitTo: { mode: 'width', value: size } }).render().asPng();
/** @param {number} size */
const app = (size) => png(source(size < SMALL_BELOW ? 'app-small' : 'app'), size);

/** @returns {Promise<Map<string, Uint8Array>>} path below assets, content */
async function drawn() {
  const files = new Map();
  for (const size of APP_SIZES) files.set(`app/${size}x${size}.png`, app(size));
  files.set('app.png', app(APP_LARGEST));
  files.set('app.ico', await pngToIco(APP_ICO_SIZES.map(app)));
  files.set('drag.png', app(DRAG_SIZE));
  for (const state of TRAY_STATES) {
    const glyph = source(`tray-${state}`);
    const template = glyph.replaceAll('currentColor', TEMPLATE_COLOUR);
    files.set(`tray/${state}Template.png`, png(template, TEMPLATE_SIZE));
    files.set(`tray/${state}Template@2x.png`, png(template, TEMPLATE_SIZE * 2));
    for (const [panel, colour] of Object.entries(ON_PANEL)) {
      const coloured = glyph.replaceAll('currentColor', colour);
      files.set(`tray/${state}-${panel}.png`, png(coloured, PANEL_SIZE));
      files.set(`tray/${state}-${panel}@2x.png`, png(coloured, PANEL_SIZE * 2));
      files.set(
        `tray/${state}-${panel}.ico`,
        await pngToIco(TRAY_ICO_SIZES.map((size) => png(coloured, size))),
      );
    }
  }
  return files;
}

/** @param {string} path @param {Uint8Array} content */
const isCurrent = (path, content) => existsSync(path) && readFileSync(path).equals(content);

const stale = [...(await drawn())].filter(([name, content]) => !isCurrent(join(ASSETS, name), content));
if (process.argv.includes('--check')) {
  for (const [name] of stale)
    process.stderr.write(`assets/${name} is out of date; type \`npm run icons\`.\n`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const [name, content] of stale) {
    mkdirSync(dirname(join(ASSETS, name)), { recursive: true });
    writeFileSync(join(ASSETS, name), content);
    process.stdout.write(`assets/${name}\n`);
  }
}
