// The forecasting thread as a program of its own, for the runner to bundle beside the benchmark.
import '../../src/planning/nightly/thread.ts';
