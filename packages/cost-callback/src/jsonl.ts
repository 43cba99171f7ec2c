export { jsonlExporter, type JsonlExporterOptions } from "./exporters/jsonl-exporter.ts";
