export { type LangSmithClientLike, langSmithExporter, type LangSmithExporterOptions } from "./exporters/langsmith-exporter.ts";
