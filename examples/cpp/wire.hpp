// A wire that loses, and the broker behind it: what the send loop is up against. Deterministic by its seed.
#ifndef WIRE_HPP
#define WIRE_HPP

#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include "fencepost.hpp"

class wire {
 public:
  explicit wire(std::uint32_t seed) : random_(seed), broker_(started()) {}

  // Sends a batch; what comes of it is heard later.
  void send(const fencepost_attempt &attempt, const std::vector<std::uint8_t> &batch, std::int64_t now_ms) {
    const bool arrives = !one_in(6);
    const auto answer = arrives ? append(batch, now_ms) : fencepost::answer::timed_out();
    const bool answered = arrives && !one_in(4);
    if (one_in(10)) restart(now_ms);
    if (answered) {
      coming_.emplace(now_ms + 5 + random_() % 20, heard{attempt, answer});
    } else {  // the batch may be on the log, and nobody tells
      coming_.emplace(now_ms + 1000, heard{attempt, fencepost::answer::timed_out()});
    }
  }

  struct heard {
    fencepost_attempt attempt;
    fencepost::answer answer;
  };

  // The next answer, or that none came in time; nothing if there is none yet.
  std::optional<heard> hear(std::int64_t now_ms) {
    const auto first = coming_.begin();
    if (first == coming_.end() || first->first > now_ms) return std::nullopt;
    const heard one = first->second;
    coming_.erase(first);
    return one;
  }

  std::optional<std::int64_t> when() const {
    if (coming_.empty()) return std::nullopt;
    return coming_.begin()->first;
  }

  // The client's process is gone: nobody hears what was still to come.
  void disconnect() { coming_.clear(); }

  // What InitProducerId answers: another id for each who asks.
  std::int64_t new_producer_id() { return ++newest_id_; }

  // What DescribeProducers answers.
  fencepost::described describe(std::int64_t producer_id) {
    if (one_in(6)) return fencepost::described::failed();
    auto known = broker_.describe(producer_id);
    if (!known || !*known) return fencepost::described::not_listed(log_start);
    return fencepost::described::listed((*known)->producer_epoch, (*known)->last_sequence);
  }

  const std::vector<std::vector<std::uint8_t>> &log() const { return log_; }
  int restarts() const { return restarts_; }
  // How many ids were given.
  int ids() const { return static_cast<int>(newest_id_ - first_id); }

 private:
  // Nothing is ever deleted here. Brokers say where the log begins in each answer: it proves that what was acknowledged is
  // still there, and so that a broker can't have forgotten the producer.
  static constexpr std::int64_t log_start = 0;
  static constexpr std::int64_t first_id = 7000;

  static fencepost::partition started() {
    fencepost::partition_config config;
    config.producers = 10;
    config.seed = 1;  // a real broker draws one at random
    auto made = fencepost::partition::make(config);
    if (!made) std::abort();
    return std::move(*made);
  }

  fencepost::answer append(const std::vector<std::uint8_t> &bytes, std::int64_t now_ms) {
    fencepost::refusal why;
    auto batch = fencepost::read_batch(bytes, &why);
    if (!batch) return fencepost::answer::response(why.kafka_code());
    fencepost::context context;
    context.now_ms = now_ms;
    auto admission = broker_.admit(*batch, context, &why);
    if (!admission) return fencepost::answer::response(why.kafka_code());
    if (admission->verdict == FENCEPOST_VERDICT_DUPLICATE) {
      return fencepost::answer::response(0, admission->first_offset, admission->seen.timestamp, log_start);
    }
    const auto offset = static_cast<std::int64_t>(log_.size());  // one record a batch here
    log_.push_back(bytes);
    if (!broker_.record(admission->ticket, offset)) std::abort();
    return fencepost::answer::response(0, offset, -1, log_start);
  }

  // A restarted Kafka broker reads its snapshot, and that holds one batch a producer instead of five: retries of the
  // older ones are then refused as out of order, although they are on the log.
  void restart(std::int64_t now_ms) {
    const auto end = static_cast<std::int64_t>(log_.size());
    auto len = broker_.snapshot_len(FENCEPOST_SNAPSHOT_FORMAT_V1);
    if (!len) std::abort();
    std::vector<std::uint8_t> snapshot(*len);
    if (!broker_.snapshot(FENCEPOST_SNAPSHOT_FORMAT_V1, snapshot)) std::abort();
    broker_ = started();
    if (!broker_.restore(FENCEPOST_SNAPSHOT_FORMAT_V1, snapshot, end, now_ms)) std::abort();
    ++restarts_;
  }

  bool one_in(unsigned n) { return random_() % n == 0; }

  std::mt19937 random_;
  fencepost::partition broker_;
  std::vector<std::vector<std::uint8_t>> log_;
  std::multimap<std::int64_t, heard> coming_;
  std::int64_t newest_id_ = first_id;
  int restarts_ = 0;
};

#endif
