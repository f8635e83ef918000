// A client's send loop for one partition: lines in, verdicts out.
#ifndef CLIENT_HPP
#define CLIENT_HPP

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fencepost.hpp"
#include "wire.hpp"

class client {
 public:
  client(wire &to, std::int64_t now_ms) : wire_(to), now_ms_(now_ms), producer_(made()), builder_(built()) {
    // What InitProducerId would answer.
    check(producer_.handle_identity(7, 0));
    check(producer_.set_topic(0, FENCEPOST_TIMESTAMP_TYPE_CREATE_TIME, 0));
  }

  void add(std::string line) { waiting_.push_back(std::move(line)); }

  // Until every line has its verdict.
  void run() {
    for (;;) {
      while (const auto heard = wire_.hear(now_ms_)) {
        // The batch may have its verdict already, by a later batch that was acknowledged.
        const auto took = producer_.handle_response(heard->attempt, heard->answer, now_ms_);
        if (took.status() != FENCEPOST_PRODUCER_UNKNOWN_BATCH) check(took);
      }
      take_verdicts();
      if (waiting_.empty() && batches_.empty()) return;
      if (!step()) wait();
    }
  }

  int written() const { return written_; }
  int sendings() const { return sendings_; }
  int questions() const { return questions_; }

 private:
  // Does what the producer says is to be done; false if that is nothing now.
  bool step() {
    const fencepost_next next = value(producer_.poll(0, now_ms_));
    switch (next.kind) {
      case FENCEPOST_NEXT_SEND:
        send(value(producer_.resend(0, now_ms_)));
        return true;
      case FENCEPOST_NEXT_TIMEOUT:
        check(producer_.handle_timeout(0, now_ms_));
        return true;
      case FENCEPOST_NEXT_DESCRIBE:  // was it written? ask the leader, a retry alone can't tell
        check(producer_.ask(0));
        check(producer_.handle_described(0, wire_.describe(next.producer_id), now_ms_));
        ++questions_;
        return true;
      case FENCEPOST_NEXT_SPLIT:  // lines are far smaller than a batch may be
        check(producer_.give_up(0, next.batch, now_ms_));
        return true;
      default:
        return number_another();
    }
  }

  // A new batch of one line, unless the producer says that this is not the time.
  bool number_another() {
    if (waiting_.empty()) return false;
    fencepost::new_batch batch;
    batch.records = 1;
    batch.max_timestamp = now_ms_;
    batch.created_ms = now_ms_;
    auto attempt = producer_.assign(0, batch, now_ms_);
    if (!attempt) return false;

    std::vector<std::uint8_t> bytes(256 + waiting_.front().size());
    check(builder_.begin(bytes));
    check(builder_.push(fencepost::record(now_ms_, std::nullopt, fencepost::bytes(waiting_.front()))));
    bytes.resize(value(builder_.finish(attempt->stamp)));
    waiting_.pop_front();
    batches_.emplace(attempt->batch, std::move(bytes));
    send(*attempt);
    return true;
  }

  void send(const fencepost_attempt &attempt) {
    std::vector<std::uint8_t> &bytes = batches_.at(attempt.batch);
    check(fencepost::restamp(bytes, attempt.stamp));  // the same numbers, unless it was proved not to be written
    ++sendings_;
    wire_.send(attempt, bytes, now_ms_);
  }

  // Until an answer comes, or the producer has something to do.
  void wait() {
    const auto answer = wire_.when();
    const auto due = value(producer_.poll_timeout(0));
    if (!answer && !due) std::abort();  // it would wait for ever
    const std::int64_t when = !answer ? *due : !due ? *answer : std::min(*answer, *due);
    now_ms_ = std::max(when, now_ms_ + 1);
  }

  // Each batch ends with an honest word.
  void take_verdicts() {
    while (const auto ended = value(producer_.take_verdict(0))) {
      if (ended->verdict == FENCEPOST_OUTCOME_WRITTEN) {
        ++written_;
      } else {
        std::printf("batch %llu: %s\n", static_cast<unsigned long long>(ended->batch), ended->sentence.data());
      }
      batches_.erase(ended->batch);
    }
  }

  static fencepost::producer made() {
    fencepost::producer_settings settings;
    settings.partitions = 1;
    settings.delivery_timeout_ms = 600000;
    return value(fencepost::producer::make(settings));
  }
  static fencepost::builder built() { return value(fencepost::builder::make()); }

  // In this program nothing can be refused that is not a mistake of ours.
  template <class T>
  static T value(fencepost::result<T> of) {
    check_status(of.error());
    return std::move(*of);
  }
  static void check(const fencepost::result<void> &of) { check_status(of.error()); }
  static void check_status(std::error_code code) {
    if (!code) return;
    std::fprintf(stderr, "client: %s\n", code.message().c_str());
    std::exit(1);
  }

  wire &wire_;
  std::int64_t now_ms_;
  fencepost::producer producer_;
  fencepost::builder builder_;
  std::deque<std::string> waiting_;
  std::map<std::uint64_t, std::vector<std::uint8_t>> batches_;
  int written_ = 0;
  int sendings_ = 0;
  int questions_ = 0;
};

#endif
