import { addUsage, type Usage, usageFromMessage } from "@langthrift/core";
import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import type { AIMessage } from "@langchain/core/messages";
import type { LLMResult } from "@langchain/core/outputs";

/**
 * Watches one provider call from inside its callbacks: the run's id and the tokens, which structured output and merged chunks hide from the
 * caller. Runs inline, so that both are known when the call returns.
 */
export class CallCapture extends BaseCallbackHandler {
  readonly name = "langthrift-router-capture";
  override awaitHandlers = true;
  /** The model run. The last one, where the candidate makes several. */
  llmRunId: string | undefined;
  usage: Usage | null = null;
  /** The answer came from a cache: nothing was used. */
  cached = false;

  override handleChatModelStart(_llm: unknown, _messages: unknown, runId: string): void {
    this.llmRunId = runId;
  }

  override handleLLMEnd(output: LLMResult, _runId: string, _parentRunId?: string, _tags?: string[], extra?: Record<string, unknown>): void {
    if (extra?.["cached"] === true) {
      this.cached = true;
      return;
    }
    const message = (output.generations[0]?.[0] as { message?: AIMessage } | undefined)?.message;
    const usage = message && usageFromMessage(message);
    if (usage) this.usage = this.usage ? addUsage(this.usage, usage) : usage;
  }
}
