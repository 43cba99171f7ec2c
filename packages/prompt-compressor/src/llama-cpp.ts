export {
  type LlamaCppModule,
  llamaCppSurprisal,
  type LlamaCppSurprisalOptions,
  type LlamaModel,
  type LlamaSequence,
  type LlamaStep,
} from "./llmlingua/llama-cpp-surprisal.ts";
