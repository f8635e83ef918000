// A client's send loop for one partition: lines in, verdicts out. Its journal is what it comes back by after a crash: under
// its old id, with the batches that were under way, and with the place in its source where it goes on.
#ifndef CLIENT_HPP
#define CLIENT_HPP

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fencepost.hpp"
#include "wire.hpp"

class client {
 public:
  client(wire &to, const std::vector<std::string> &source, std::string_view journal, std::int64_t now_ms)
      : wire_(to), source_(source), now_ms_(now_ms), producer_(made()), builder_(built()) {
    check(producer_.open(journal, fencepost::journal_options(std::string_view("a cluster's id"))));
    // Only the first life asks for an id (InitProducerId): the others have it from the journal.
    if (value(producer_.poll_identity())) check(producer_.handle_identity(wire_.new_producer_id(), 0));
    resume();
    check(producer_.set_topic(0, FENCEPOST_TIMESTAMP_TYPE_CREATE_TIME, 0));
  }

  // Until every line has its verdict; false if the process "crashes" after so many steps.
  bool run(int steps) {
    for (;; --steps) {
      if (steps == 0) return false;
      while (const auto heard = wire_.hear(now_ms_)) {
        // The batch may have its verdict already, by a later batch that was acknowledged.
        const auto took = producer_.handle_response(heard->attempt, heard->answer, now_ms_);
        if (took.status() != FENCEPOST_PRODUCER_UNKNOWN_BATCH) check(took);
      }
      take_verdicts();
      if (next_line_ == source_.size() && batches_.empty()) return true;
      if (!step()) wait();
    }
  }

  std::int64_t now_ms() const { return now_ms_; }
  int sendings() const { return sendings_; }
  int questions() const { return questions_; }

 private:
  // What the journal knows: where the source goes on, and the batches whose outcome nobody has heard.
  void resume() {
    static constexpr fencepost_topic_partition lines = {{'l', 'i', 'n', 'e', 's'}, 0, 0};
    const fencepost_bound bound = value(producer_.bind(0, lines, now_ms_));
    next_line_ = line_behind(bound.cursor);
    for (std::uint32_t n = 0; const auto kept = value(producer_.undecided(0, n)); ++n) {
      std::vector<std::uint8_t> bytes(kept->len);
      check(producer_.read(0, kept->batch, bytes));
      batches_.emplace(kept->batch, std::move(bytes));
      next_line_ = line_behind(kept->cursor);
    }
  }

  // A cursor is this program's own word: how many lines come before what is behind it.
  static std::size_t line_behind(const fencepost::cursor &of) {
    return of.len == 0 ? 0 : static_cast<std::size_t>(std::stoul(std::string(of.text())));
  }

  // Does what the producer says is to be done; false if that is nothing now.
  bool step() {
    const fencepost_next next = value(producer_.poll(0, now_ms_));
    switch (next.kind) {
      case FENCEPOST_NEXT_SEND:
        send(value(producer_.resend(0, now_ms_)));  // after a crash, or to be tried again
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
    if (next_line_ == source_.size()) return false;
    fencepost::new_batch batch;
    batch.records = 1;
    batch.max_timestamp = now_ms_;
    batch.created_ms = now_ms_;
    if (!producer_.may_assign(0, batch, now_ms_)) return false;

    const std::string &line = source_[next_line_];
    std::vector<std::uint8_t> bytes(256 + line.size());
    check(builder_.begin(bytes));
    check(builder_.push(fencepost::record(now_ms_, std::nullopt, fencepost::bytes(line))));
    bytes.resize(value(builder_.finish()));
    const fencepost::cursor behind(std::to_string(next_line_ + 1));
    const auto permit = producer_.assign(0, batch, fencepost::payload(bytes, behind), now_ms_);
    if (!permit) return false;  // what came back from a crash is settled first
    batches_.emplace(permit->batch, std::move(bytes));
    ++next_line_;
    send(*permit);
    return true;
  }

  // Nothing is sent that the journal does not hold: after a crash it would be sent under other numbers, and be there twice.
  void send(const fencepost_permit &permit) {
    if (permit.len != 0) check(producer_.commit(now_ms_));
    const auto attempt = producer_.claim(permit);
    if (attempt.status() == FENCEPOST_JOURNAL_VOID) return;  // it has ended meanwhile
    check_status(attempt.error());
    std::vector<std::uint8_t> &bytes = batches_.at(attempt->batch);
    check(fencepost::restamp(bytes, attempt->stamp));  // the same numbers, unless it was proved not to be written
    ++sendings_;
    wire_.send(*attempt, bytes, now_ms_);
  }

  // Until an answer comes, or the producer has something to do.
  void wait() {
    const auto answer = wire_.when();
    const auto due = value(producer_.poll_timeout(0));
    if (!answer && !due) std::abort();  // it would wait for ever
    const std::int64_t when = !answer ? *due : !due ? *answer : std::min(*answer, *due);
    now_ms_ = std::max(when, now_ms_ + 1);
  }

  // Each batch ends with an honest word. *Not written* is heard only when no crash can bring the batch back.
  void take_verdicts() {
    while (const auto ended = value(producer_.take_verdict(0, now_ms_))) {
      if (ended->verdict != FENCEPOST_OUTCOME_WRITTEN) {
        std::printf("batch %llu: %s\n", static_cast<unsigned long long>(ended->batch), ended->sentence.data());
      }
      batches_.erase(ended->batch);
    }
  }

  static fencepost::journaled_producer made() {
    fencepost::producer_settings settings;
    settings.partitions = 1;
    settings.delivery_timeout_ms = 600000;
    return value(fencepost::journaled_producer::make(settings));
  }
  static fencepost::builder built() { return value(fencepost::builder::make()); }

  // In this program nothing can be refused that is not a mistake of ours.
  template <class T>
  static T value(fencepost::result<T> of) {
    check_status(of.error());
    return std::move(*of);
  }
  template <class T>
  static void check(const fencepost::result<T> &of) {
    check_status(of.error());
  }
  static void check_status(std::error_code code) {
    if (!code) return;
    std::fprintf(stderr, "client: %s\n", code.message().c_str());
    std::exit(1);
  }

  wire &wire_;
  const std::vector<std::string> &source_;
  std::size_t next_line_ = 0;
  std::int64_t now_ms_;
  fencepost::journaled_producer producer_;
  fencepost::builder builder_;
  std::map<std::uint64_t, std::vector<std::uint8_t>> batches_;
  int sendings_ = 0;
  int questions_ = 0;
};

#endif
