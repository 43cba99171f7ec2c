export type { DemoAnswer, DemoReply, DemoRequest, DemoServer, DemoServerOptions } from "./demo-server/demo-server.ts";
export { startDemoServer } from "./demo-server/start-demo-server.ts";
export { type ExampleModels, useDemoServer } from "./demo-server/use-demo-server.ts";
export { sampleTraffic } from "./demo-server/sample-traffic.ts";
export type { TrafficRequest } from "./cli/traffic/traffic-request.ts";
