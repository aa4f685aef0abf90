// `node --import` this, and TypeScript of this repository runs as it is written.
import { register } from 'node:module';

register('./source-hooks.js', import.meta.url);
