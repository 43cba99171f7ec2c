import { recordOf } from "./unknown-record.ts";

/** Whether an error says that the caller, or a time limit, ended the call: the provider may bill what it had done. */
export function isAbort(error: unknown): boolean {
  for (let current = recordOf(error), depth = 0; current && depth < 5; current = recordOf(current["cause"]), depth += 1) {
    const { name, message, code } = current;
    if (name === "AbortError" || name === "TimeoutError" || name === "ModelAbortError" || name === "APIUserAbortError") return true;
    if (message === "AbortError" || message === "Aborted" || code === "ABORT_ERR") return true;
  }
  return false;
}
