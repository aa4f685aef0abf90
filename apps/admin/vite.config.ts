import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Where `npm run dev` starts the API. */
const api = `http://127.0.0.1:${process.env['PORT'] ?? '4000'}`;
/** What the API serves beside the admin app. */
const apiPaths = ['/graphql', '/v1', '/api', '/healthz', '/readyz'];
const root = join(import.meta.dirname, '../..');
const iconImport = /import\s*\{([^}]*)\}\s*from\s*'@tabler\/icons-react';/g;

/** Imports each icon from its own file: the package's index has more than 5,000, and reading it is most of a build. */
function singleIcons(): Plugin {
  return {
    name: 'single-icons',
    enforce: 'pre',
    transform(code, id) {
      if (!/\.tsx?$/.test(id) || !code.includes('@tabler/icons-react')) return null;
      const rewritten = code.replaceAll(iconImport, (_statement, names: string) =>
        names
          .split(',')
          .map((name) => name.trim())
          .filter((name) => name !== '' && !name.startsWith('type '))
          .map((name) => `import ${name} from '@tabler/icons-react/dist/esm/icons/${name}.mjs';`)
          .join(' '),
      );
      return { code: rewritten, map: null };
    },
  };
}

export default defineConfig(({ command }) => ({
  // The server knows below which path browsers see the app, and writes it into the page; everything else finds its
  // neighbours.
  base: './',
  plugins: [singleIcons(), react()],
  // Nothing is inlined: the API's content security policy allows fonts and images from its own origin only.
  build: { outDir: 'dist', target: 'es2023', sourcemap: false, assetsInlineLimit: 0 },
  server: {
    host: '127.0.0.1',
    // The API checks where a request by cookie comes from: the proxy says what the browser says.
    proxy: Object.fromEntries(apiPaths.map((path) => [`^${path}(?:[/?]|$)`, { target: api, ws: path === '/graphql' }])),
  },
  // While developing, the schema's documents come from their sources, so that nothing has to be built first.
  resolve: {
    alias: command === 'serve' ? { '@intrallm/schema': join(root, 'packages/schema/src/index.ts') } : {},
  },
  // Single icons are served as they are; bundling all of them first would take longer than everything else.
  optimizeDeps: { exclude: ['@tabler/icons-react'] },
}));
