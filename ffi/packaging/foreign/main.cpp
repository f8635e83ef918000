// The same in C++.
#include <cstdio>
#include <fencepost.hpp>
#include <utility>

int main() {
  fencepost::partition_config config;
  config.producers = 1;
  auto made = fencepost::partition::make(config);
  if (!made) return 1;
  fencepost::partition partition = std::move(*made);
  fencepost_batch batch{};
  batch.header.producer_id = 7;
  batch.header.records_count = 1;
  const auto first = partition.admit(batch, fencepost::context());
  if (!first || !partition.record(first->ticket, 0)) return 1;
  const auto second = partition.admit(batch, fencepost::context());
  if (!second || second->verdict != FENCEPOST_VERDICT_DUPLICATE) return 1;

  // A refusal says why, and compares as a std::error_code.
  batch.header.base_sequence = 5;
  fencepost::refusal why;
  const auto third = partition.admit(batch, fencepost::context(), &why);
  if (third.error() != FENCEPOST_OUT_OF_ORDER || why.kafka_code() != 45 || why.sentence().empty()) return 1;
  std::printf("fencepost %d.%d: appended at 0, then a duplicate of offset %d\n", FENCEPOST_VERSION_MAJOR,
              FENCEPOST_VERSION_MINOR, static_cast<int>(second->first_offset));
}
