export { renderHtmlReport } from "./reports/html-report.ts";
