import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { CliError, reasonOf } from "../cli-error.ts";
import { parseTrafficLine, type TrafficRequest } from "./traffic-request.ts";

export interface ReadTrafficLogOptions {
  /** Stop at the first bad line instead of skipping it. @default false */
  readonly strict?: boolean;
  /** Read no more requests than this. */
  readonly limit?: number;
  /** Gets a sentence with file and line for each line that was skipped. */
  readonly onProblem?: (sentence: string) => void;
}

export interface TrafficLog {
  readonly requests: readonly TrafficRequest[];
  /** Lines that could not be used. */
  readonly skipped: number;
}

/** Reads a traffic log in JSON Lines. @throws {CliError} when it cannot be read, holds no request, or, with `strict`, has a bad line. */
export async function readTrafficLog(
  path: string,
  { strict = false, limit = Infinity, onProblem }: ReadTrafficLogOptions = {},
): Promise<TrafficLog> {
  const requests: TrafficRequest[] = [];
  let skipped = 0;
  let lineNumber = 0;
  const lines = createInterface({ input: createReadStream(path, "utf8"), crlfDelay: Infinity });
  try {
    for await (const line of lines) {
      lineNumber += 1;
      // A byte order mark stands before the first line of files from some editors.
      const text = lineNumber === 1 ? line.replace(/^\uFEFF/, "") : line;
      if (text.trim() === "") continue;
      const request = parseTrafficLine(text, lineNumber);
      if ("problem" in request) {
        const sentence = `${path}:${lineNumber}: ${request.problem}.`;
        if (strict) throw new CliError(`${sentence} (--strict stops at the first bad line)`);
        skipped += 1;
        onProblem?.(`${sentence} The line is skipped.`);
        continue;
      }
      requests.push(request);
      if (requests.length >= limit) break;
    }
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`Cannot read the traffic log ${path}: ${reasonOf(error)}.`);
  } finally {
    lines.close();
  }
  if (requests.length === 0) {
    const reason = skipped === 0 ? "it is empty" : `none of its ${skipped} lines is a request`;
    throw new CliError(
      `The traffic log ${path} holds nothing to replay: ${reason}. Each line is JSON: {"text": "…"} or {"messages": […]}.`,
    );
  }
  return { requests, skipped };
}
