// Each handle of a broker, a coordinator and a transactional client by fencepost.hpp: without exceptions and RTTI, on the
// heap and in memory of the program.
#include "check.hpp"

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <type_traits>
#include <vector>

namespace {

constexpr std::int64_t now = 1700000000000;

template <class T>
constexpr bool moves_only = std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T> &&
                            !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T>;
static_assert(moves_only<fencepost::scratch> && moves_only<fencepost::storage> && moves_only<fencepost::audit> &&
              moves_only<fencepost::block_allocator> && moves_only<fencepost::id_generator> &&
              moves_only<fencepost::transaction> && moves_only<fencepost::transaction_manager>);

fencepost_batch data(std::int64_t id, std::int32_t sequence, std::int32_t records, std::int64_t offset = 0) {
  fencepost_batch made{};
  made.header.base_offset = offset;
  made.header.producer_id = id;
  made.header.base_sequence = sequence;
  made.header.records_count = records;
  made.header.last_offset_delta = records - 1;
  made.header.max_timestamp = now;
  return made;
}

fencepost::context by(fencepost_origin origin) {
  fencepost::context how;
  how.origin = origin;
  how.now_ms = now;
  return how;
}

fencepost::partition small(std::uint32_t producers, std::uint32_t undecided) {
  fencepost::partition_config config;
  config.producers = producers;
  config.undecided = undecided;
  config.transactions = 2;
  return value(fencepost::partition::make(config));
}

void ahead() {
  auto partition = small(4, 0);
  const auto client = by(FENCEPOST_ORIGIN_CLIENT);
  const std::vector<std::int64_t> ids = {7, 8};
  const auto &shared = partition;
  done(shared.prefetch(ids));
  done(shared.prefetch({ids.data(), 1}));
  CHECK(shared.prefetch({nullptr, 1}).status() == FENCEPOST_NULL_POINTER);
  for (const std::int64_t id : ids) CHECK(value(shared.admit(data(id, 0, 2), client)).verdict == FENCEPOST_VERDICT_APPEND);
}

void pipeline() {
  auto partition = small(4, 3);
  const auto client = by(FENCEPOST_ORIGIN_CLIENT);
  const auto first = value(partition.pipeline_begin(data(7, 0, 2), client));
  const auto second = value(partition.pipeline_begin(data(7, 2, 1), client));
  CHECK(first.verdict == FENCEPOST_VERDICT_APPEND && second.verdict == FENCEPOST_VERDICT_APPEND);
  CHECK(value(partition.pipeline_admit(data(7, 2, 1), client)).verdict == FENCEPOST_VERDICT_PENDING);
  CHECK(partition.admit(data(7, 3, 1), client).status() == FENCEPOST_UNDECIDED);
  fencepost::refusal why;
  CHECK(partition.pipeline_record(second.ticket, 2, &why).status() == FENCEPOST_NOT_NEXT);
  CHECK(why.details().expected == static_cast<std::int64_t>(first.ticket) && !why.sentence().empty());
  CHECK(value(partition.pipeline_record(first.ticket, 0)).producer_id == -1);
  done(partition.pipeline_mark_unknown(second.ticket));
  std::vector<fencepost_undecided> left(3);
  CHECK(value(partition.pipeline_undecided(0, left)) == 1 && left[0].ticket == second.ticket && left[0].unknown);
  std::vector<std::uint64_t> gone(3);
  CHECK(value(partition.pipeline_abandon(second.ticket, gone)) == 1 && gone[0] == second.ticket);
  CHECK(value(partition.pipeline_abandon_all(gone)) == 0);
  CHECK(value(partition.admit(data(7, 0, 2), client)).verdict == FENCEPOST_VERDICT_DUPLICATE);
}

void append() {
  auto partition = small(4, 0);
  fencepost::scratch_config config;
  config.producers = 4;
  config.transactions = 2;
  auto room = value(fencepost::scratch::make(config));
  const std::vector<fencepost_batch> segment = {data(7, 0, 2, 0), data(8, 0, 1, 2), data(7, 2, 1, 3)};
  const auto replica = by(FENCEPOST_ORIGIN_REPLICATION);
  std::vector<fencepost_completed> completed(3);
  done(partition.may_append(room, segment, replica));
  CHECK(value(partition.append(room, segment, replica, completed)) == 0);
  std::vector<fencepost_producer_description> known(4);
  CHECK(value(partition.producers(0, known)) == 2);
  CHECK(!value(partition.needs_reload(4)) && !value(partition.has_open_transaction(7, 0)));
  CHECK(!value(partition.guard_of(7)));
  CHECK(value(partition.must_keep(data(7, 2, 1, 3).header)));
  fencepost::refusal why;
  CHECK(partition.append(room, std::vector<fencepost_batch>{data(7, 9, 1, 4)}, by(FENCEPOST_ORIGIN_CLIENT), completed, &why)
            .status() == FENCEPOST_OUT_OF_ORDER);
  CHECK(why.kafka_code() == 45 && why.details().expected == 3);
}

void growth() {
  fencepost::storage_config config;
  config.producers = 8;
  config.transactions = 4;
  auto bigger = value(fencepost::storage::make(config));
  auto partition = small(1, 0);
  const auto client = by(FENCEPOST_ORIGIN_CLIENT);
  const auto write = [&](std::int64_t id, std::int64_t offset) {
    done(partition.record(value(partition.admit(data(id, 0, 1), client)).ticket, offset).status());
  };
  write(0, 0);
  CHECK(partition.admit(data(1, 0, 1), client).status() == FENCEPOST_PRODUCERS_FULL);
  done(partition.grow(bigger));
  while (!value(partition.grow_step(1)).second) {
  }
  for (std::int64_t id = 1; id < 8; ++id) write(id, id);
  CHECK(value(partition.look()).producers == 8);
  // The answer would be written over memory that the partition has now.
  const fencepost_batch next = data(0, 1, 1);
  void *const inside = bigger.get();
  CHECK(fencepost_partition_admit(partition.get(), &next, &client, static_cast<fencepost_admission *>(inside), nullptr) ==
        FENCEPOST_OVERLAP);
}

void audits() {
  fencepost::audit_config config;
  config.producers = 4;
  config.transactions = 2;
  config.trails = 4;
  alignas(FENCEPOST_ALIGN) static unsigned char room[1 << 14];
  CHECK(value(fencepost::audit::size_of(config)) <= sizeof room);
  auto audit = value(fencepost::audit::make_in(room, sizeof room, config));
  std::vector<fencepost_finding> findings(FENCEPOST_FINDINGS_MAX);
  CHECK(value(audit.observe(data(7, 0, 3, 0), findings)).first == 0);
  const auto seen = value(audit.observe(data(7, 5, 1, 3), findings));
  CHECK(seen.first == 1 && findings[0].kind == FENCEPOST_FINDING_GAP && seen.second.producer_id == -1);
  CHECK(value(audit.left_open(0, findings)) == 0);
  CHECK(value(audit.describe(7)) && !value(audit.describe(8)));
}

void coordinator() {
  auto controller = value(fencepost::block_allocator::make());
  auto ids = value(fencepost::id_generator::make());
  fencepost::refusal why;
  CHECK(controller.allocate(1, 7, 1, 8, &why).status() == FENCEPOST_BLOCK_REFUSED && why.kafka_code() == 77);
  CHECK(ids.generate(now).status() == FENCEPOST_WAITING_FOR_BLOCK && value(ids.poll_request()));
  const auto block = value(controller.allocate(1, 7, 1, 7));
  done(controller.replay(1, 7, block.second));
  done(ids.handle_sent());
  done(ids.handle_block(1, block.first.first, block.first.len, now));
  CHECK(value(ids.generate(now)) == block.first.first);
  CHECK(value(ids.blocks()).first.first == block.first.first);
  CHECK(value(fencepost::init_idempotent(ids, -1, -1, now)).producer_id == block.first.first + 1);

  fencepost::transaction_config config;
  config.producer_id = 5;
  config.now_ms = now;
  auto transaction = value(fencepost::transaction::make(config));
  fencepost::init_request request;
  request.producer_id = -1;
  request.producer_epoch = -1;
  request.timeout_ms = 60000;
  const auto asked = transaction.init_producer_id(ids, request, now);
  if (asked && asked->kind == FENCEPOST_TRANSITION_WRITE) {
    const auto applied = value(transaction.appended(now));
    CHECK(applied.kind == FENCEPOST_APPLIED_INITIALIZED && applied.code == 0);
  }
  CHECK(transaction.appended(now).status() == FENCEPOST_STATE);
  CHECK(value(transaction.look()).record.producer_id == 5);
  CHECK(!value(transaction.resume(now)));
}

void dialogue() {
  fencepost::transaction_manager_config config;
  config.partitions = 2;
  auto manager = value(fencepost::transaction_manager::make(config));
  CHECK(!value(manager.poll_request(0, now)) && !value(manager.poll_result()));
  fencepost::refusal why;
  CHECK(!manager.begin(&why) && !why.sentence().empty());
  done(manager.init_transactions());
  const auto request = value(manager.poll_request(0, now));
  CHECK(request && request->kind == FENCEPOST_TRANSACTION_REQUEST_FIND_COORDINATOR);
  done(manager.mark_sent(*request, 1));
  (void)value(manager.handle_find_coordinator(1, 0, now));
  done(manager.handle_transaction_coordinator(4));
  const auto init = value(manager.poll_request(0, now));
  CHECK(init && init->kind == FENCEPOST_TRANSACTION_REQUEST_INIT_PRODUCER_ID);
  done(manager.mark_sent(*init, 2));
  (void)value(manager.handle_init_producer_id(2, 0, 7, 0, now));
  CHECK(value(manager.acknowledge()) && !value(manager.acknowledge()));
  done(manager.begin());
  done(manager.add_partition(1));
  CHECK(!value(manager.may_number(0)));
}

void files() {
  std::vector<char> name(FENCEPOST_SNAPSHOT_NAME_SIZE);
  const std::size_t len = value(fencepost::snapshot_files::name(42, name));
  CHECK(std::string_view(name.data(), len) == "00000000000000000042.snapshot");
  CHECK(value(fencepost::snapshot_files::offset(std::string_view(name.data(), len))) == 42);
  CHECK(!value(fencepost::snapshot_files::offset("00000000000000000042.log")));
  CHECK(!value(fencepost::snapshot_files::is_deleted(std::string_view(name.data(), len))));
  const std::vector<std::int64_t> all = {30, 0, 10}, bases = {0, 30};
  CHECK(value(fencepost::snapshot_files::latest(all)) == 30 && value(fencepost::snapshot_files::oldest(all)) == 0);
  CHECK(!value(fencepost::snapshot_files::latest(std::vector<std::int64_t>())));
  std::vector<std::int64_t> chosen(3);
  CHECK(value(fencepost::snapshot_files::before(all, 10, chosen)) == 1 && chosen[0] == 0);
  fencepost::log_shape log;
  log.segment_bases = bases.data();
  log.segment_bases_len = bases.size();
  log.last_offset = 40;
  std::vector<fencepost_replay_segment> segments(2);
  CHECK(value(fencepost::rebuild::replay(log, 30, 0, segments)) == 1 && segments[0].base_offset == 30);
}

void settings() {
  const std::vector<fencepost::config_entry> entries = {{"acks", "1"}};
  const fencepost::client_version newest;
  const fencepost::cluster_facts cluster;
  CHECK(value(fencepost::config::resolve(entries, newest)).promise == FENCEPOST_PROMISE_AT_LEAST_ONCE);
  std::vector<fencepost_config_finding> findings(FENCEPOST_CONFIG_FINDINGS_MAX);
  CHECK(value(fencepost::config::findings(entries, newest, cluster, 0, findings)) >= 1);
  CHECK(findings[0].sentence[0] != 0);
}

}  // namespace

int main() {
  ahead();
  pipeline();
  append();
  growth();
  audits();
  coordinator();
  dialogue();
  files();
  settings();
  std::puts("each handle by fencepost.hpp");
}
