// Ports and types
export type { CompressOptions, CompressResult, Compressor, CompressStats, SkipReason, StageStats } from "./compressor.ts";
export type { Segment, SegmentKind } from "./segment.ts";
export { allPreserveRules, type BuiltInRule, type PreserveRule } from "./preserve/preserve-rule.ts";
export type { GuardOptions } from "./guard/guard.ts";
export { expandAliases, type RestoreMap, restoreSegments, type RestoreStep, restoreText } from "./restore.ts";
export type { Edit, TextRange } from "./text/edit.ts";

export { memoryOriginalStore, type MemoryOriginalStoreOptions, type OriginalStore } from "./originals/original-store.ts";

// Compressors
export { LosslessCompressor, type LosslessCompressorOptions } from "./lossless/lossless-compressor.ts";
export { csvFormat, type TableFormat } from "./lossless/table-format.ts";
export { toonFormat, type ToonModule } from "./lossless/toon-format.ts";
export { StopWordCompressor, type StopWordCompressorOptions, type StopWordLevel } from "./stop-words/stop-word-compressor.ts";
export { stopWordLanguages } from "./stop-words/languages.ts";
export { ExtractiveCompressor, type ExtractiveCompressorOptions } from "./extractive/extractive-compressor.ts";
export { ToolOutputCompressor, type ToolOutputCompressorOptions } from "./tool-output/tool-output-compressor.ts";
export { SelfInformationCompressor, type SelfInformationCompressorOptions } from "./self-information/self-information-compressor.ts";
export type { SurprisalModel } from "./self-information/surprisal-model.ts";
export { LLMLingua2Compressor, type LLMLingua2CompressorOptions } from "./llmlingua2/llmlingua2-compressor.ts";
export type { TokenClassifier } from "./llmlingua2/token-classifier.ts";
export { LLMLinguaCompressor, type LLMLinguaCompressorOptions } from "./llmlingua/llmlingua-compressor.ts";
export { defaultCompressor, type DefaultCompressorOptions } from "./default-compressor.ts";
export { PipelineCompressor, type PipelineCompressorOptions } from "./pipeline-compressor.ts";
export { FallbackCompressor } from "./fallback-compressor.ts";

// LangChain
export {
  type CompressedMessages,
  compressMessages,
  type CompressMessagesOptions,
  type MessageCompression,
  type ScopeOptions,
} from "./langchain/compress-messages.ts";
export { type CompressionMemo, type MemoEntry, memoryMemo } from "./langchain/compression-memo.ts";
export { retrieveOriginalTool, type RetrieveOriginalToolOptions } from "./langchain/retrieve-original-tool.ts";
export { compressPrompt, type PromptLike } from "./langchain/compress-prompt.ts";
export { createMessageShortener, type MessageShortener, type MessageShortenerOptions } from "./langchain/message-shortener.ts";
export { CompressingDocumentCompressor, type CompressingDocumentCompressorOptions } from "./langchain/compressing-document-compressor.ts";
