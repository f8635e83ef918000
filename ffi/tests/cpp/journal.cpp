// A producer with a journal by fencepost.hpp: without exceptions and RTTI, in a file and in storage of its own. It ends at
// any step and comes back; a write fails; a batch is split; the journal is written anew.
#include "check.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using fencepost::journaled_producer;
using bytes_t = std::vector<std::uint8_t>;

constexpr std::int64_t now = 1700000000000;
constexpr std::string_view cluster = "MkU3OEVBNTcwNTJENDM2Qk";
constexpr fencepost_topic_partition orders = {{'o', 'r', 'd', 'e', 'r', 's'}, 0, 0};

std::uint32_t draw(std::uint32_t below) {
  static std::uint64_t state = 7;
  state = state * 6364136223846793005u + 1442695040888963407u;
  return static_cast<std::uint32_t>(state >> 33) % below;
}

fencepost::producer_settings settings() {
  fencepost::producer_settings of;
  of.partitions = 1;
  of.delivery_timeout_ms = INT64_MAX / 4;
  return of;
}

fencepost::journal_options options() {
  fencepost::journal_options of{fencepost::bytes(cluster)};
  of.capacity = 1 << 16;
  return of;
}

fencepost::new_batch of_records(std::int32_t records) {
  fencepost::new_batch batch;
  batch.records = records;
  batch.max_timestamp = batch.created_ms = now;
  return batch;
}

// A literal would bring its NUL along: a cluster of another name, a byte more in every batch.
static_assert(!std::is_constructible_v<fencepost::bytes, const char (&)[4]>);
static_assert(!std::is_constructible_v<fencepost::bytes, char (&)[4]>);
static_assert(!std::is_constructible_v<fencepost::payload, const char (&)[4]>);
static_assert(std::is_constructible_v<fencepost::bytes, std::string_view>);
static_assert(std::is_constructible_v<fencepost::bytes, const std::uint8_t (&)[4]>);

// Storage that is appended to.
struct storage {
  bytes_t bytes;

  void append(const bytes_t &from, std::size_t len) {
    bytes.insert(bytes.end(), from.begin(), from.begin() + static_cast<std::ptrdiff_t>(len));
  }

  // Writes the journal anew into it.
  void write_anew(journaled_producer &producer) {
    bytes_t anew, buffer(FENCEPOST_JOURNAL_OVERHEAD + 64);
    done(producer.compact());
    while (const auto piece = value(producer.next_piece())) {
      const fencepost::bytes old(bytes.data() + piece->at, piece->len);
      const std::size_t len = value(producer.rewrite(old, buffer));
      anew.insert(anew.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(len));
    }
    done(producer.replaced());
    bytes = anew;
  }

  fencepost::result<fencepost_journal_summary> read(journaled_producer &producer, fencepost::refusal *why = nullptr) {
    done(producer.recover(options()));
    std::size_t wanted = 1;
    while (wanted != 0) {
      const std::size_t from = static_cast<std::size_t>(value(producer.offset()));
      const std::size_t len = std::min(wanted, bytes.size() - from);
      auto pushed = producer.push({bytes.data() + from, len}, from + len == bytes.size(), why);
      if (!pushed) return pushed.status();
      wanted = *pushed;
    }
    return producer.finish(why);
  }
};

// The log: which items stand on it, under which sequences.
struct log {
  std::vector<int> items;
  std::int64_t last_sequence = -1;
  std::int32_t epoch = -1;

  fencepost::answer take(const fencepost_attempt &attempt, int item) {
    if (attempt.stamp.producer_epoch > epoch) {
      epoch = attempt.stamp.producer_epoch;
      last_sequence = -1;
    }
    CHECK(attempt.stamp.producer_id == 4000 && attempt.stamp.producer_epoch == epoch);
    if (attempt.stamp.base_sequence <= last_sequence) return fencepost::answer::response(0, -1);  // a duplicate
    CHECK(attempt.stamp.base_sequence == last_sequence + 1);
    last_sequence = attempt.stamp.base_sequence;
    items.push_back(item);
    return fencepost::answer::response(0, static_cast<std::int64_t>(items.size()) - 1);
  }
};

int item_of(const fencepost_cursor &cursor) {
  const std::string text(fencepost::cursor(cursor).text());
  return text.empty() ? -1 : std::atoi(text.c_str());
}

// One life, in a file: true if it ended because all is written.
bool live(log &on, const std::string &path, int items, int steps) {
  auto producer = value(journaled_producer::make(settings()));
  const auto summary = value(producer.open(path, options()));
  if (value(producer.poll_identity())) {
    CHECK(summary.created);
    done(producer.handle_identity(4000, 0));
  }
  const auto bound = value(producer.bind(0, orders, now));
  int next = item_of(bound.cursor) + 1;
  for (std::uint32_t n = 0; const auto kept = value(producer.undecided(0, n)); ++n) {
    bytes_t bytes(kept->len);
    CHECK(value(producer.read(0, kept->batch, bytes)) == kept->len);
    CHECK(std::string(bytes.begin(), bytes.end()) == "item " + std::to_string(item_of(kept->cursor)));
    next = item_of(kept->cursor) + 1;
  }
  // Takes the sending, and asks what item it is of the journal itself.
  const auto send = [&](const fencepost_permit &permit) {
    if (permit.len != 0) {
      CHECK(producer.claim(permit).status() == FENCEPOST_JOURNAL_NOT_YET);
      done(producer.commit(now));
    }
    const auto attempt = value(producer.claim(permit));
    int item = -1;
    for (std::uint32_t n = 0; const auto kept = value(producer.undecided(0, n)); ++n) {
      if (kept->batch == attempt.batch) item = item_of(kept->cursor);
    }
    auto answer = draw(6) == 0 ? fencepost::answer::timed_out() : on.take(attempt, item);
    if (draw(5) == 0) answer = fencepost::answer::timed_out();
    done(producer.handle_response(attempt, answer, now));
  };
  for (std::int64_t time = now;; ++time) {
    while (const auto ended = value(producer.take_verdict(0, time))) {
      CHECK(ended->verdict == FENCEPOST_OUTCOME_WRITTEN);
    }
    const auto todo = value(producer.poll(0, time));
    if (todo.kind == FENCEPOST_NEXT_IDLE && next == items && !value(producer.undecided(0, 0))) return true;
    if (steps-- == 0) return false;
    if (value(producer.look()).should_compact) done(producer.compact());
    switch (todo.kind) {
      case FENCEPOST_NEXT_SEND: send(value(producer.resend(0, time))); break;
      case FENCEPOST_NEXT_TIMEOUT: done(producer.handle_timeout(0, time)); break;
      case FENCEPOST_NEXT_DESCRIBE: {
        done(producer.ask(0));
        const auto last = static_cast<std::int32_t>(on.last_sequence);
        done(producer.handle_described(0, on.epoch < 0 ? fencepost::described::not_listed(0)
                                                       : fencepost::described::listed(on.epoch, last), time));
        break;
      }
      default: {
        const std::string text = "item " + std::to_string(next);
        if (next == items) break;
        const fencepost::payload what(text, fencepost::cursor(std::to_string(next)));
        const auto permit = producer.assign(0, of_records(1), what, time);
        if (!permit) break;
        ++next;
        send(*permit);
      }
    }
  }
}

void ends_and_comes_back(const std::string &path) {
  log on;
  int lives = 1;
  while (!live(on, path, 100, static_cast<int>(draw(30)))) ++lives;
  CHECK(lives > 5 && on.items.size() == 100);
  for (int n = 0; n < 100; ++n) CHECK(on.items[static_cast<std::size_t>(n)] == n);
  std::printf("journal.cpp: %d lives, every record once and in order\n", lives);
}

void in_storage_of_the_caller() {
  alignas(FENCEPOST_ALIGN) static unsigned char room[FENCEPOST_JOURNALED_PRODUCER_SIZE(1)];
  CHECK(value(journaled_producer::size_of(settings())) <= sizeof room);
  storage store;
  bytes_t buffer(FENCEPOST_JOURNAL_OVERHEAD + 100);
  const std::string text = "six records";
  {
    auto producer = value(journaled_producer::make_in(room, sizeof room, settings()));
    CHECK(store.read(producer).status() == FENCEPOST_JOURNAL_EMPTY);
    done(producer.begin(options()));
    store.write_anew(producer);
    done(producer.handle_identity(4000, 0));
    CHECK(value(producer.bind(0, orders, now)).kind == FENCEPOST_BOUND_NEW);
    const auto identity = value(producer.identity());
    CHECK(identity && identity->producer_id == 4000 && identity->producer_epoch == 0);
    CHECK(value(producer.undecided(0)).second == -1 && !value(producer.undecided(0, 0)));

    // A write fails: what it was for is not sent, and ends as not written once that is sure.
    auto permit = value(producer.assign(0, of_records(6), fencepost::payload(text), now, buffer));
    CHECK(permit.len > text.size() && value(producer.look()).len > store.bytes.size());
    done(producer.lost(now));
    CHECK(producer.claim(permit).status() == FENCEPOST_JOURNAL_VOID);
    CHECK(!value(producer.take_verdict(0)));
    fencepost::refusal why;
    CHECK(producer.assign(0, of_records(6), fencepost::payload(text), now, buffer, &why).status() ==
          FENCEPOST_JOURNAL_UNSYNCED);
    CHECK(why.sentence() == "something is written and not confirmed");
    done(producer.synced());
    const auto ended = value(producer.take_verdict(0));
    CHECK(ended && ended->verdict == FENCEPOST_OUTCOME_NOT_WRITTEN);

    // Too large for the broker, it is split, and both parts are in the journal.
    const fencepost::payload whole(text, fencepost::cursor(std::string_view("6")));
    permit = value(producer.assign(0, of_records(6), whole, now, buffer));
    store.append(buffer, permit.len);
    done(producer.synced());
    const auto attempt = value(producer.claim(permit));
    done(producer.handle_response(attempt, fencepost::answer::response(10), now));  // MESSAGE_TOO_LARGE
    const auto todo = value(producer.poll(0, now));
    CHECK(todo.kind == FENCEPOST_NEXT_SPLIT);
    const fencepost::payload first(std::string_view("two"), fencepost::cursor(std::string_view("2")));
    const auto parts = value(producer.split(0, todo.batch, 2, first, std::string_view("four"), now, buffer));
    CHECK(parts.second != todo.batch);
    store.append(buffer, parts.len);
    done(producer.synced());

    // The new journal may be given up before it is complete.
    done(producer.compact());
    CHECK(producer.trim(0, buffer).status() == FENCEPOST_JOURNAL_REWRITING);
    CHECK(producer.replaced().status() == FENCEPOST_JOURNAL_REWRITING);
    done(producer.keep_old());
    CHECK(value(producer.trim(0, buffer)) == 0);
    CHECK(producer.commit(now).status() == FENCEPOST_STATE);  // it has no file
  }
  for (int anew = 0; anew < 2; ++anew) {
    auto producer = value(journaled_producer::make_in(room, sizeof room, settings()));
    const auto summary = value(store.read(producer));
    CHECK(summary.end == store.bytes.size() && summary.tail == FENCEPOST_JOURNAL_TAIL_CLEAN);
    done(producer.hold({{'h', 'e', 'r', 'e'}}));
    const auto bound = value(producer.bind(0, orders, now));
    CHECK(bound.kind == FENCEPOST_BOUND_RESTORED && bound.undecided == 2);
    const auto first = value(producer.undecided(0, 0)), second = value(producer.undecided(0, 1));
    CHECK(first->records == 2 && fencepost::cursor(first->cursor).text() == "2");
    CHECK(second->records == 4 && fencepost::cursor(second->cursor).text() == "6");
    CHECK(std::string(store.bytes.begin() + static_cast<std::ptrdiff_t>(second->at),
                      store.bytes.begin() + static_cast<std::ptrdiff_t>(second->at + second->len)) == "four");
    store.write_anew(producer);
    CHECK(value(producer.look()).generation == static_cast<std::uint64_t>(anew) + 2);
    CHECK(value(producer.look()).place.bytes[0] == 'h');
  }
  // Damage is told with its place.
  store.bytes[60] ^= 1;
  auto producer = value(journaled_producer::make(settings()));
  fencepost::refusal why;
  CHECK(store.read(producer, &why).status() == FENCEPOST_JOURNAL_DAMAGE);
  CHECK(why.details().position > 0 && why.sentence().find("damage at byte") == 0);
  CHECK(value(journaled_producer::newer(FENCEPOST_OK, 3, FENCEPOST_OK, 4)) == 1);
  CHECK(value(journaled_producer::newer(FENCEPOST_OK, 3, FENCEPOST_JOURNAL_INCOMPLETE, 0)) == 0);
  CHECK(journaled_producer::newer(FENCEPOST_JOURNAL_DAMAGE, 0, FENCEPOST_OK, 1).status() == FENCEPOST_JOURNAL_DAMAGE);
}

// What was given up before its record was durable is listed after a crash, whether it was told or not.
void not_written_is_told_when_it_is_durable(const std::string &path) {
  std::remove(path.c_str());
  std::remove((path + ".lock").c_str());
  {
    auto made = value(journaled_producer::make(settings()));
    CHECK(value(made.open(path, options())).created);
    journaled_producer producer(std::move(made));
    CHECK(made.get() == nullptr);
    done(producer.handle_identity(4000, 0));
    (void)value(producer.bind(0, orders, now));
    const auto permit = value(producer.assign(0, of_records(1), fencepost::payload(cluster, fencepost::cursor(cluster)), now));
    done(producer.commit(now));
    const auto attempt = value(producer.claim(permit));
    done(producer.handle_response(attempt, fencepost::answer::not_sent(), now));
    done(producer.give_up(0, permit.batch, now));
    CHECK(value(producer.needs_trim(0)) && !value(producer.take_verdict(0)));
    CHECK(value(producer.take_verdict(0, now))->verdict == FENCEPOST_OUTCOME_NOT_WRITTEN);
    CHECK(fencepost::cursor(value(producer.written_up_to(0))).text().empty());
  }
  auto producer = value(journaled_producer::make(settings()));
  (void)value(producer.open(path, options()));
  CHECK(value(producer.bind(0, orders, now)).undecided == 0);
  const auto unwritten = value(producer.unwritten(0, 0));
  CHECK(unwritten && unwritten->verdict == FENCEPOST_OUTCOME_NOT_WRITTEN);
  CHECK(fencepost::cursor(unwritten->cursor).text() == cluster && !value(producer.unwritten(0, 1)));
  const std::string long_one(33, 'x');
  CHECK(producer.assign(0, of_records(1), fencepost::payload(cluster, fencepost::cursor(long_one)), now).status() ==
        FENCEPOST_VALUE);
}

}  // namespace

// Its argument is a folder to work in.
int main(int argc, char **argv) {
  CHECK(argc == 2);
  const std::string path = std::string(argv[1]) + "/cpp.journal";
  std::remove(path.c_str());
  std::remove((path + ".lock").c_str());
  ends_and_comes_back(path);
  in_storage_of_the_caller();
  not_written_is_told_when_it_is_durable(path);
  return 0;
}
