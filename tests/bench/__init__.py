"""Measurements that are no tests: throughput, quality on the shared benchmarks, where the lines go."""
