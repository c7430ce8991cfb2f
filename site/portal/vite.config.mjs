// How the portal is built: plain files beside the site, nothing inline, so that a strict content security policy holds.
import { defineConfig } from 'vite'

export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
  build: {
    outDir: '../../build/site/portal',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0, // data: addresses of scripts and styles would break the policy
    modulePreload: { polyfill: false },
  },
})
