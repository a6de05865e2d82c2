// The optimiser's thread as a program of its own, for the runner to bundle beside the benchmark.
import '../../src/outbound/sourcing/worker.ts';
