// Prints the totals of Jest's JSON report as one line. Fails when there is no report, no test ran, or one failed.
import { readFileSync } from 'node:fs';

function count(file) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    return {
      passed: report.numPassedTests,
      // A file that cannot be loaded has no tests to fail: it counts as one.
      failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
      skipped: report.numPendingTests + report.numTodoTests,
    };
  } catch (error) {
    process.stderr.write(`There is no report of the tests: ${error.message}\n`);
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

const { passed, failed, skipped } = count(process.argv[2]);
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
