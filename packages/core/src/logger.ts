/** Where warnings go. `console` fits. */
export interface Logger {
  /** One line, and what belongs to it. No secrets are passed. */
  warn(message: string, fields?: Record<string, unknown>): void;
}

/** `undefined` is the console, `false` is silence. */
export function resolveLogger(logger: Logger | false | undefined): Logger | undefined {
  if (logger === false) return undefined;
  return (
    logger ?? {
      warn: (message, fields) => (fields ? console.warn(`[langthrift] ${message}`, fields) : console.warn(`[langthrift] ${message}`)),
    }
  );
}
