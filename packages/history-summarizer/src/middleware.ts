export { historySummarizerMiddleware, type HistorySummarizerMiddlewareOptions } from "./adapters/history-summarizer-middleware.ts";
