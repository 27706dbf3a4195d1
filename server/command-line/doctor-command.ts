import { examine } from '#server/doctor/doctor.ts';
import type { Finding } from '#server/doctor/finding.ts';

const marks = { ok: 'ok      ', warning: 'warning ', problem: 'PROBLEM ' } as const;

/** What to print, and whether a node would have trouble. */
export async function doctorCommand(
  flags: Readonly<Record<string, string | undefined>>,
  { json }: { readonly json: boolean },
): Promise<{ readonly text: string; readonly healthy: boolean }> {
  const findings = await examine({ flags, env: process.env });
  const healthy = findings.every(({ level }) => level !== 'problem');
  const text = json ? JSON.stringify({ healthy, findings }) : findings.map(describeFinding).join('\n');
  return { text, healthy };
}

function describeFinding({ level, code, subject, message, advice }: Finding): string {
  return `${marks[level]} ${code.toLowerCase().replace('_', ' ').padEnd(11)} ${subject}: ${message}${advice === null ? '' : `\n         → ${advice}`}`;
}
