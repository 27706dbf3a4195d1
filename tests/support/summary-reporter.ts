import { appendFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * The last lines of a run: what was left out, by name, and `N passed, N failed` alone on a line. A suite that is left out for want of a
 * service carries the reason in its name.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    const leftOut: string[] = [];
    for (const module of modules) {
      let counted = 0;
      for (const test of module.children.allTests()) {
        counted += 1;
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        else if (state === 'failed') failed += 1;
        else leftOut.push(test.fullName);
      }
      // A file that could not even be loaded has no tests, and is a failure all the same.
      if (counted === 0 && module.state() === 'failed') failed += 1;
    }
    const lines = [...leftOut.map((name) => `left out: ${name}`), `${passed} passed, ${failed} failed`];
    process.stdout.write(`${lines.join('\n')}\n`);
    const file = process.env['TEST_SUMMARY_FILE'];
    if (file) appendFileSync(file, `${JSON.stringify({ passed, failed, leftOut: leftOut.length })}\n`);
  }
}
