import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Every node serves the result at `/`. Fonts stay files: inlined they would delay the first paint, and a content security
// policy of `font-src 'self'` would refuse them.
// Built for production whoever builds: a test runner's NODE_ENV would put React's development build in front of users.
export default defineConfig(({ command }) => {
  if (command === 'build') process.env['NODE_ENV'] = 'production';
  return {
    plugins: [react()],
    build: { outDir: 'dist', emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0, manifest: true },
  };
});
