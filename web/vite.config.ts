import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Every node serves the result at `/`. Fonts stay files: inlined they would delay the first paint, and a content security
// policy of `font-src 'self'` would refuse them.
export default defineConfig({
  plugins: [react()],
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0, manifest: true },
});
