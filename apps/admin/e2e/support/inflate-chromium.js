// Unpacks the Chromium of the @sparticuz/chromium package into the folder named by TMPDIR, which is where that package
// writes. A process of its own, because the package reads the environment when it is loaded.
import chromium from '@sparticuz/chromium';

await chromium.executablePath();
