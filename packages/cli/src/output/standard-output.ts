// What a command prints: no faster than it is read, and no longer.

/** Prints a text; whoever reads slowly is waited for. */
export async function print(text: string): Promise<void> {
  if (process.stdout.write(text)) return;
  await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
}

/** Tells something that is no data. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Ends in silence when nobody reads any more, as in `scimkit users list | head`. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}
