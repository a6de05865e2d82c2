export { type LiveEvent, type LiveOptions, runLiveTraffic } from './live/traffic.ts';
export { type DemoScale, type DemoScaleName, demoScale } from './scale.ts';
export { type SeedOptions, type SeedStep, type SeedSummary, seedDemo } from './seed.ts';
