import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const api = 'http://127.0.0.1:4000';
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

export default defineConfig({
  // The server knows below which path browsers see the app, and writes it into the page; everything else finds its neighbours.
  base: './',
  plugins: [singleIcons(), react()],
  // Nothing is inlined: the API's content security policy allows fonts and images from its own origin only.
  build: { outDir: 'dist', target: 'es2023', sourcemap: false, assetsInlineLimit: 0 },
  server: {
    host: '127.0.0.1',
    // The API checks where a request by cookie comes from: the proxy says what the browser says.
    proxy: { '/graphql': { target: api, ws: true } },
  },
});
