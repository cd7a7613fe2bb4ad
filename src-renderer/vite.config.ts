/**
 * Builds the screen into dist/screen, where the desktop window and the browser screen find it.
 * Invariant: no inline script or style, so that the policy `script-src 'self'; style-src 'self'` holds.
 */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

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
