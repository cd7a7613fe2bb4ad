/**
 * Builds the screen into dist/screen, where the desktop window and the browser screen find it.
 * Invariants: no inline script or style, so that the policy `script-src 'self'; style-src 'self'` holds; one script, so that a
 * screen left open while the program is replaced by a newer one never asks for a part that is gone.
 */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Vite lets the environment decide which React is built in; a shell's NODE_ENV must not ship the developers' one.
process.env['NODE_ENV'] = 'production';

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react()],
  build: {
    outDir: '../dist/screen',
    emptyOutDir: true,
    target: 'es2023',
    // Both would need what the policy forbids or the page does not: inline code, data URLs for fonts.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
