// Whether the time of a comparison tells how much of a guess is right (T6): 0 against 31 equal
// bytes of 32. The difference of the two means should be lost in their deviation.
//   benchmarks --benchmark_filter=same_secret --benchmark_repetitions=20
//   --benchmark_enable_random_interleaving=true
#include <benchmark/benchmark.h>

#include <string>

#include "bot/core/digest.h"

namespace {

void same_secret(benchmark::State& state) {
  const auto equal = static_cast<std::size_t>(state.range(0));
  const std::string digest = countersign::core::sha256("a delivery");
  std::string guess = countersign::core::sha256("another delivery");
  guess.replace(0, equal, digest, 0, equal);
  if (equal < digest.size()) guess[equal] = static_cast<char>(~digest[equal]);
  for (auto _ : state) benchmark::DoNotOptimize(countersign::core::same_secret(digest, guess));
}
BENCHMARK(same_secret)->Arg(0)->Arg(31)->Iterations(100'000);

}  // namespace
