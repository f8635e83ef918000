// The functions without a handle by fencepost.hpp: codes, sequences, batches and their records, a log, a .txnindex, what a
// coordinator answers, and the records of a journal.
#include "check.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace {

constexpr std::int64_t now = 1700000000000;

std::string_view text(const std::uint8_t *bytes, std::size_t len) {
  return {reinterpret_cast<const char *>(bytes), len};
}

// A batch of three records, of which the first has a header.
std::vector<std::uint8_t> batch_of(std::int64_t id, std::int32_t base_sequence) {
  std::vector<std::uint8_t> bytes(512);
  auto builder = value(fencepost::builder::make());
  alignas(FENCEPOST_ALIGN) static unsigned char room[1024];
  CHECK(value(fencepost::builder::size_of()) <= sizeof room);
  CHECK(builder.len().status() == FENCEPOST_STATE);
  done(builder.begin(bytes));
  fencepost_record_header header{reinterpret_cast<const std::uint8_t *>("trace"), 5, nullptr, 0};
  for (int n = 0; n < 3; ++n) {
    fencepost::record record(now + n, std::nullopt, fencepost::bytes(std::string_view("value")));
    if (n == 0) {
      record.headers = &header;
      record.headers_len = 1;
    }
    const auto before = value(builder.len());
    const auto grows = value(builder.record_len(record));
    done(builder.push(record));
    CHECK(value(builder.len()).first == before.first + grows && value(builder.len()).second == n + 1);
  }
  bytes.resize(value(builder.finish(fencepost_stamp{id, base_sequence, 0, 0})));
  return bytes;
}

void codes() {
  CHECK(fencepost::version_number() == FENCEPOST_VERSION_NUMBER);
  CHECK(fencepost::version_abi() == FENCEPOST_ABI_VERSION && !fencepost::version_string().empty());
  CHECK(fencepost::status_name(FENCEPOST_STALE_EPOCH) == "FENCEPOST_STALE_EPOCH");
  CHECK(fencepost::status_kafka_code(FENCEPOST_OUT_OF_ORDER) == 45);
  CHECK(fencepost::error_codes::name(45) == "OUT_OF_ORDER_SEQUENCE_NUMBER");
  CHECK(!fencepost::error_codes::name(-77));
  CHECK(value(fencepost::error_codes::from_name("OUT_OF_ORDER_SEQUENCE_NUMBER")) == 45);
  CHECK(!value(fencepost::error_codes::from_name("NO_SUCH_NAME")));
  CHECK(fencepost::error_codes::is_retriable(6) && !fencepost::error_codes::is_retriable(45));
  CHECK(fencepost::sequences::increment(2147483647, 1) == 0);
  CHECK(fencepost::sequences::decrement(0, 1) == 2147483647);
  CHECK(fencepost::sequences::follows(2147483647, 0) && !fencepost::sequences::follows(3, 5));
  CHECK(fencepost::sequences::last(2147483646, 2) == 0 && fencepost::sequences::last(-1, 4) == -1);
  CHECK(value(fencepost::crc32c(std::string_view("123456789"))) == 0xe3069283);
  CHECK(value(fencepost::config::setting_from_name("acks")) == FENCEPOST_SETTING_ACKS);
  CHECK(fencepost::config::setting_from_name("no.such.name").status() == FENCEPOST_CONFIG_UNKNOWN);
}

void records() {
  const auto bytes = batch_of(7, 0);
  const auto header = value(fencepost::parse_batch(bytes));
  CHECK(header.producer_id == 7 && header.records_count == 3);
  std::array<fencepost_record_header, 4> headers{};
  const auto first = value(fencepost::read_record(bytes, 0, headers));
  CHECK(first && first->offset == 0 && first->timestamp == now && first->headers_count == 1);
  CHECK(text(headers[0].key, headers[0].key_len) == "trace" && headers[0].value == nullptr);
  CHECK(text(first->value, first->value_len) == "value" && first->key == nullptr);
  CHECK(value(fencepost::read_record(bytes, 2))->sequence == 2);
  CHECK(!value(fencepost::read_record(bytes, 3)));
  std::array<fencepost_record_view, 2> two{};
  CHECK(value(fencepost::read_records(bytes, 0, two)) == 2 && two[1].sequence == 1);
  CHECK(value(fencepost::read_records(bytes, 2, two)) == 1 && two[0].timestamp == now + 2);
  CHECK(value(fencepost::read_records(bytes, 3, two)) == 0);
  // A header that was changed by hand, and the CRC for it.
  auto changed = bytes;
  auto other = header;
  other.max_timestamp = now + 9;
  done(fencepost::write_header(other, changed));
  fencepost::refusal why;
  CHECK(fencepost::verify_crc(changed, &why).status() == FENCEPOST_CRC && !why.sentence().empty());
  done(fencepost::seal(changed));
  done(fencepost::verify_crc(changed));
  CHECK(value(fencepost::parse_batch(changed)).max_timestamp == now + 9);
  CHECK(fencepost::parse_batch(fencepost::bytes(bytes.data(), 60), &why).status() == FENCEPOST_BATCH);
  CHECK(fencepost::write_header(other, fencepost::buffer(changed.data(), 60)).status() == FENCEPOST_BUFFER_TOO_SMALL);
}

void leader() {
  auto bytes = batch_of(7, 0);
  CHECK(value(fencepost::check_produce(9, bytes)).producer_id == 7);
  fencepost::refusal why;
  CHECK(fencepost::check_produce(9, fencepost::bytes(bytes.data(), 20), &why).status() == FENCEPOST_PRODUCE);
  fencepost::validation how;
  how.next_offset = 40;
  how.now_ms = now;
  const auto assigned = value(fencepost::validate(bytes, how));
  CHECK(assigned.base_offset == 40 && assigned.last_offset == 42 && assigned.records == 3);
  done(fencepost::write_assigned(assigned, 5, bytes));
  how.is_compacted = 1;
  CHECK(fencepost::validate(bytes, how, &why).status() == FENCEPOST_INVALID && why.kafka_code() == 87);
  CHECK(fencepost::unverified_answer(48, 9) != 0);
  // The log of two of them, and a torn third.
  auto log = bytes;
  log.insert(log.end(), bytes.begin(), bytes.end());
  log.insert(log.end(), bytes.begin(), bytes.begin() + 70);
  std::size_t at = 0;
  for (int n = 0; n < 2; ++n) {
    const auto next = value(fencepost::next_in_log(log, at, true));
    CHECK(next && next->size == bytes.size() && next->batch.header.base_offset == 40);
    at += next->size;
  }
  CHECK(fencepost::next_in_log(log, at, true, &why).status() == FENCEPOST_BATCH);
  CHECK(why.details().position >= at && why.details().expected > why.details().got);
  CHECK(!value(fencepost::next_in_log(fencepost::bytes(log.data(), at), at, false)));
}

void aborted_transactions() {
  std::vector<std::uint8_t> file(2 * FENCEPOST_TXN_INDEX_ENTRY_LEN);
  const fencepost::buffer second(file.data() + FENCEPOST_TXN_INDEX_ENTRY_LEN, FENCEPOST_TXN_INDEX_ENTRY_LEN);
  const fencepost_aborted entries[2] = {{7, 10, 19, 10}, {8, 15, 30, 15}};
  fencepost::refusal why;
  done(fencepost::txn_index::write(entries[0], std::nullopt, file));
  CHECK(fencepost::txn_index::write(entries[0], 19, second, &why).status() == FENCEPOST_TXN_INDEX);
  done(fencepost::txn_index::write(entries[1], 19, second));
  done(fencepost::txn_index::check(file, 0));
  CHECK(fencepost::txn_index::check(file, 25, &why).status() == FENCEPOST_TXN_INDEX);
  std::array<fencepost_aborted, 2> found{};
  const auto collected = value(fencepost::txn_index::collect(file, 0, 100, found));
  CHECK(collected.count == 2 && !collected.complete && found[1].producer_id == 8);
  CHECK(fencepost::txn_index::collect(file, 0, 100, fencepost::list<fencepost_aborted>(found.data(), 1)).status() ==
        FENCEPOST_BUFFER_TOO_SMALL);
  CHECK(value(fencepost::txn_index::truncate(file, 25)) == FENCEPOST_TXN_INDEX_ENTRY_LEN);
}

void coordinators() {
  CHECK(value(fencepost::coordinator::partition_of("orders", 50)) < 50);
  CHECK(fencepost::coordinator::partition_of("orders", 0).status() == FENCEPOST_VALUE);
  CHECK(value(fencepost::coordinator::downgrade(FENCEPOST_API_INIT_PRODUCER_ID, 90, 0)) == 47);
  CHECK(fencepost::coordinator::append_error(3) == 15);
  CHECK(fencepost::coordinator::end_txn_version(5) == 2);
  (void)fencepost::coordinator::add_partitions_version(4);
  CHECK(!value(fencepost::coordinator::access_code(FENCEPOST_PARTITION_ACCESS_GRANTED, false)));
  CHECK(value(fencepost::coordinator::access_code(FENCEPOST_PARTITION_ACCESS_GRANTED, true)) == 55);
  CHECK(!value(fencepost::coordinator::marker_before_sending(FENCEPOST_DESTINATION_LEADER)));
  CHECK(fencepost::coordinator::marker_step(0) == FENCEPOST_MARKER_NEXT_REMOVE);
  CHECK(value(fencepost::identity_step(0, false)) == FENCEPOST_IDENTITY_NEXT_ADOPT);
  std::vector<char> sentence(64);
  CHECK(fencepost::failure_sentence(fencepost_failure{}, sentence).status() == FENCEPOST_VALUE);
}

// A producer's journal in storage of its own, and what a tool reads in it.
void journal() {
  fencepost::producer_settings settings;
  settings.partitions = 1;
  auto producer = value(fencepost::journaled_producer::make(settings));
  fencepost::journal_options options{std::string_view("a cluster")};
  options.capacity = 1 << 16;
  std::vector<std::uint8_t> bytes, buffer(fencepost::journaled_producer::overhead() + 64);
  done(producer.begin(options));
  done(producer.compact());
  while (value(producer.next_piece())) {
    const std::size_t len = value(producer.rewrite(fencepost::bytes(nullptr, 0), buffer));
    bytes.insert(bytes.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(len));
  }
  done(producer.replaced());
  alignas(FENCEPOST_ALIGN) static unsigned char room[1024];
  CHECK(value(fencepost::journal_reader::size_of()) <= sizeof room);
  auto reader = value(fencepost::journal_reader::make_in(room, sizeof room));
  std::size_t at = 0;
  std::vector<std::uint32_t> kinds;
  for (;;) {
    const auto item = value(reader.read(fencepost::bytes(bytes.data() + at, bytes.size() - at), true));
    if (item.kind == FENCEPOST_JOURNAL_ITEM_HEADER) CHECK(text(item.cluster_id, item.cluster_id_len) == "a cluster");
    kinds.push_back(item.kind);
    if (item.kind == FENCEPOST_JOURNAL_ITEM_END) break;
    at = static_cast<std::size_t>(item.next_offset);
  }
  CHECK(kinds.front() == FENCEPOST_JOURNAL_ITEM_HEADER && kinds[kinds.size() - 2] == FENCEPOST_JOURNAL_ITEM_COMPLETE);
  auto another = value(fencepost::journal_reader::make());
  fencepost::refusal why;
  CHECK(another.read(std::string_view("no journal"), true, {}, &why).status() == FENCEPOST_JOURNAL_DAMAGE);
  CHECK(!why.sentence().empty());
}

}  // namespace

int main() {
  codes();
  records();
  leader();
  aborted_transactions();
  coordinators();
  journal();
  std::puts("what needs no handle, by fencepost.hpp");
}
