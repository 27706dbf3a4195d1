/** Lets a stretch of time pass over which something is measured. Never a wait for something to happen: that is `waitFor`. */
export function elapse(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
