/** The configuration cannot be used. Every problem is named at once, each with its variable, its value and what is allowed. */
export class ConfigError extends Error {
  readonly code: 'BAD_CONFIG' | 'REDIS_UNREACHABLE' | 'REDIS_REFUSED' | 'NO_FOUNDING_LIST';
  readonly problems: readonly string[];

  constructor(code: ConfigError['code'], problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.code = code;
    this.problems = problems;
  }
}
