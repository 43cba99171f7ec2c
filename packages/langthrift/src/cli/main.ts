#!/usr/bin/env node
import { runCli } from "./run-cli.ts";
import { processTerminal } from "./terminal.ts";

try {
  process.exitCode = await runCli(process.argv.slice(2), processTerminal());
} catch (error) {
  process.stderr.write(
    `langthrift: this is a fault of ours, please report it.\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
}
