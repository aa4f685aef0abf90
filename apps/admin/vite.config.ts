import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const api = 'http://127.0.0.1:4000';

export default defineConfig({
  plugins: [react()],
  build: { outDir: 'dist', target: 'es2023', sourcemap: false },
  server: {
    host: '127.0.0.1',
    // The API checks where a request by cookie comes from: the proxy says what the browser says.
    proxy: { '/graphql': { target: api, ws: true } },
  },
});
