import { type BotCounters, runBot } from '#bot/bot.ts';

export interface BotCommand {
  readonly urls: readonly string[];
  readonly rate: number;
  readonly seed: number;
  readonly count: number | null;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** Runs the bot until it is done or stopped, and says what became of every mutation. */
export async function botCommand(command: BotCommand): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.once(signal, () => stop.abort());
  const counters = await runBot({
    ...command,
    signal: stop.signal,
    onProgress: (now) => {
      if (!command.quiet && process.stderr.isTTY) process.stderr.write(`\r${describe(now)}   `);
    },
  });
  if (command.json) process.stdout.write(`${JSON.stringify(counters)}\n`);
  else if (!command.quiet) process.stdout.write(`\n${describe(counters)}\n`);
  // An open channel to a supervisor would keep this process alive.
  if (process.connected) process.disconnect();
}

function describe({ sent, committed, refused, retried, replayed, unanswered }: BotCounters): string {
  return `sent ${sent} = committed ${committed} + refused ${refused} + unanswered ${unanswered}; retried ${retried}, answered from the record ${replayed}`;
}
