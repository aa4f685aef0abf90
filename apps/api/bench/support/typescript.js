// `node --import` this, and the benches run as they are written.
import { register } from 'node:module';

register('./typescript-hooks.js', import.meta.url);
