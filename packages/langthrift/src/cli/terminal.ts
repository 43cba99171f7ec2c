/** Where a command reads from and writes to; injected, so that tests see what a person would. */
export interface Terminal {
  /** Results: standard output. */
  print(text: string): void;
  /** What is being done: standard error. */
  say(text: string): void;
  /** What is wrong but does not stop the command: standard error. */
  warn(text: string): void;
  /** Standard error is a terminal: progress may redraw its line. */
  readonly interactive: boolean;
  readonly color: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls back at the first Ctrl-C; a second one ends the process. Returns how to stop listening. */
  onInterrupt(listener: () => void): () => void;
  exitCode: number;
}

export function processTerminal(): Terminal {
  return {
    print: (text) => void process.stdout.write(`${text}\n`),
    say: (text) => void process.stderr.write(`${text}\n`),
    warn: (text) => void process.stderr.write(`warning: ${text}\n`),
    interactive: process.stderr.isTTY,
    color: process.stdout.isTTY && process.env["NO_COLOR"] === undefined,
    env: process.env,
    onInterrupt(listener) {
      process.once("SIGINT", listener);
      return () => process.off("SIGINT", listener);
    },
    exitCode: 0,
  };
}
