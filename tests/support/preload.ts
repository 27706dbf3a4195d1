/** Processes of nodes that start while `act` runs load this module first, in each of their threads. */
export async function withPreload<Result>(module: string, act: () => Promise<Result>): Promise<Result> {
  const before = process.env['NODE_OPTIONS'];
  process.env['NODE_OPTIONS'] = `${before ?? ''} --import ${module}`;
  try {
    return await act();
  } finally {
    if (before === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = before;
  }
}
