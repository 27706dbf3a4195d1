/** What one look found. `code` is stable; `advice` says what to do, and is null where all is well. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'problem';
  readonly code: (typeof findingCodes)[number];
  /** What was looked at: an address, a folder, a node. */
  readonly subject: string;
  readonly message: string;
  readonly advice: string | null;
}

export const findingCodes = [
  'CONFIG',
  'PORT',
  'DISK_ACCESS',
  'DISK_SPACE',
  'DISK_SPEED',
  'DATABASE',
  'PEER',
  'CLOCK',
] as const;

export function fine(code: Finding['code'], subject: string, message: string): Finding {
  return { level: 'ok', code, subject, message, advice: null };
}

export function warning(code: Finding['code'], subject: string, text: Advised): Finding {
  return { level: 'warning', code, subject, ...text };
}

export function problem(code: Finding['code'], subject: string, text: Advised): Finding {
  return { level: 'problem', code, subject, ...text };
}

interface Advised {
  readonly message: string;
  readonly advice: string;
}
