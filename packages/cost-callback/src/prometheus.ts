export { type PrometheusExporter, prometheusExporter, type PrometheusExporterOptions } from "./exporters/prometheus-exporter.ts";
