export { genAiNames, otelExporter, type OtelExporterOptions, type OtelNames } from "./exporters/otel-exporter.ts";
