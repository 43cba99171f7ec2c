import { Command, CommanderError } from "commander";
import { LangThriftError } from "@langthrift/core";
import { CliError } from "./cli-error.ts";
import { demoCommand } from "./demo/demo-command.ts";
import { routerCommand } from "./router/router-command.ts";
import type { Terminal } from "./terminal.ts";
import { packageVersion } from "./package-root.ts";

/** Exit code of a call that cannot work as it was given. */
const USAGE = 2;

/** Runs one command line and returns its exit code: 0 done, 1 failed, 2 wrong use, 130 interrupted. */
export async function runCli(argv: readonly string[], terminal: Terminal): Promise<number> {
  const program = new Command("langthrift")
    .description("LLM applications that cost less and answer as well.")
    .version(packageVersion())
    .configureHelp({ sortSubcommands: true })
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.print(text.trimEnd()), writeErr: (text) => terminal.say(text.trimEnd()) });
  for (const command of [demoCommand(terminal), routerCommand(terminal)]) {
    program.addCommand(command.exitOverride().copyInheritedSettings(program));
    for (const part of command.commands) part.exitOverride().copyInheritedSettings(command);
  }
  try {
    await program.parseAsync([...argv], { from: "user" });
    return terminal.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    if (error instanceof CliError || LangThriftError.isInstance(error)) {
      terminal.say(`langthrift: ${(error as Error).message}`);
      return USAGE;
    }
    throw error;
  }
}
