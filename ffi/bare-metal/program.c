/* The library without a C library, an allocator or an operating system: every kind of handle in memory
 * of the program, and one call of each that does its work. check.sh links and runs it. */
#define FENCEPOST_NO_HEAP
#include <fencepost.h>

#define ROOM(name, size) static _Alignas(FENCEPOST_ALIGN) unsigned char name[size]
#define OK(call)                        \
  do {                                  \
    if ((call) != FENCEPOST_OK) return __LINE__; \
  } while (0)
#define CHECK(condition)                \
  do {                                  \
    if (!(condition)) return __LINE__;  \
  } while (0)

/* A client numbers a batch and stamps it, a broker takes it once. */
static int once(void) {
  ROOM(producer_room, FENCEPOST_PRODUCER_SIZE(1));
  ROOM(builder_room, 1024);
  ROOM(partition_room, FENCEPOST_PARTITION_SIZE(4, 1, 1, 2));
  static uint8_t bytes[256];
  fencepost_producer_settings settings = {0};
  fencepost_partition_config config = {0};
  fencepost_producer *producer;
  fencepost_partition *partition;
  fencepost_builder *builder;
  fencepost_batch_options options = {0};
  fencepost_record record = {0};
  fencepost_new_batch fresh = {0};
  fencepost_attempt attempt;
  fencepost_context context = {0};
  fencepost_batch batch;
  fencepost_admission admission;
  fencepost_answer answer = {0};
  fencepost_ended ended;
  char sentence[64];
  size_t len;
  settings.struct_size = sizeof settings;
  settings.partitions = 1;
  config.struct_size = sizeof config;
  config.producers = 4;
  config.transactions = 1;
  config.guards = 1;
  config.undecided = 2;
  OK(fencepost_producer_init(producer_room, sizeof producer_room, &settings, &producer));
  OK(fencepost_partition_init(partition_room, sizeof partition_room, &config, &partition));
  OK(fencepost_builder_init(builder_room, sizeof builder_room, &builder));
  OK(fencepost_producer_handle_identity(producer, 4000, 0, NULL));
  options.struct_size = sizeof options;
  record.struct_size = sizeof record;
  record.value = (const uint8_t *)"21.5 C";
  record.value_len = 6;
  fresh.struct_size = sizeof fresh;
  fresh.records = 1;
  OK(fencepost_producer_assign(producer, 0, &fresh, 0, &attempt, NULL));
  OK(fencepost_builder_begin(builder, bytes, sizeof bytes, &options, NULL));
  OK(fencepost_builder_push(builder, &record, NULL));
  OK(fencepost_builder_finish(builder, &attempt.stamp, &len, NULL));
  OK(fencepost_batch_verify_crc(bytes, len, NULL));
  OK(fencepost_batch_read(bytes, len, &batch, NULL));
  context.struct_size = sizeof context;
  OK(fencepost_partition_admit(partition, &batch, &context, &admission, NULL));
  CHECK(admission.verdict == FENCEPOST_VERDICT_APPEND);
  OK(fencepost_partition_record(partition, &admission.ticket, 100, NULL));
  OK(fencepost_partition_admit(partition, &batch, &context, &admission, NULL));
  CHECK(admission.verdict == FENCEPOST_VERDICT_DUPLICATE && admission.first_offset == 100);
  answer.struct_size = sizeof answer;
  answer.base_offset = 100;
  answer.log_append_time = answer.log_start_offset = -1;
  OK(fencepost_producer_handle_response(producer, &attempt, &answer, 1, NULL));
  OK(fencepost_producer_take_verdict(producer, 0, &ended, sentence, sizeof sentence));
  CHECK(ended.verdict == FENCEPOST_OUTCOME_WRITTEN && ended.base_offset == 100);
  OK(fencepost_builder_fini(builder));
  OK(fencepost_producer_fini(producer));
  OK(fencepost_partition_fini(partition));
  return 0;
}

/* A refusal is told in a sentence, which needs the formatting of numbers and text. */
static int refused(void) {
  const fencepost_config_entry entries[] = {{"acks", 4, "1", 1}, {"enable.idempotence", 18, "true", 4}};
  const char wanted[] = "acks is \"1\": idempotence needs acks=all";
  fencepost_client_version version = {0};
  fencepost_resolved resolved;
  char sentence[64];
  fencepost_error error = FENCEPOST_ERROR_WITH(sentence);
  version.struct_size = sizeof version;
  CHECK(fencepost_config_resolve(entries, 2, &version, &resolved, &error) == FENCEPOST_CONFIG);
  CHECK(error.sentence_len == sizeof wanted - 1 && error.position == 0);
  for (size_t n = 0; n < sizeof wanted; n++) CHECK(sentence[n] == wanted[n]);
  OK(fencepost_config_resolve(entries + 1, 1, &version, &resolved, NULL));
  CHECK(resolved.promise == FENCEPOST_PROMISE_EXACTLY_ONCE_PER_SESSION);
  return 0;
}

/* The other handles that need no more than memory. */
static int others(void) {
  ROOM(manager_room, FENCEPOST_TRANSACTION_MANAGER_SIZE(2));
  ROOM(audit_room, 8192);
  ROOM(ids_room, 256);
  fencepost_transaction_manager_config config = {0};
  fencepost_audit_config audit_config = {0};
  fencepost_transaction_manager *manager;
  fencepost_transaction_request request;
  fencepost_audit *audit;
  fencepost_id_generator *ids;
  fencepost_batch batch = {0};
  static fencepost_finding findings[FENCEPOST_FINDINGS_MAX];
  size_t count;
  int64_t id;
  config.struct_size = sizeof config;
  config.partitions = 2;
  OK(fencepost_transaction_manager_init(manager_room, sizeof manager_room, &config, &manager));
  OK(fencepost_transaction_manager_init_transactions(manager, NULL));
  OK(fencepost_transaction_manager_poll_request(manager, 0, 0, &request));
  CHECK(request.kind == FENCEPOST_TRANSACTION_REQUEST_FIND_COORDINATOR);
  OK(fencepost_transaction_manager_fini(manager));
  audit_config.struct_size = sizeof audit_config;
  audit_config.producers = 2;
  audit_config.transactions = 3;
  audit_config.trails = 2;
  OK(fencepost_audit_init(audit_room, sizeof audit_room, &audit_config, &audit));
  batch.header.records_count = 1;
  batch.header.base_sequence = 5;
  OK(fencepost_audit_observe(audit, &batch, findings, FENCEPOST_FINDINGS_MAX, &count, NULL, NULL));
  CHECK(count == 1 && findings[0].kind == FENCEPOST_FINDING_FIRST_SEQUENCE_NOT_ZERO);
  OK(fencepost_audit_fini(audit));
  OK(fencepost_id_generator_init(ids_room, sizeof ids_room, &ids));
  OK(fencepost_id_generator_handle_block(ids, 1, 1000, 1000, 0, NULL));
  OK(fencepost_id_generator_generate(ids, 0, &id, NULL));
  CHECK(id == 1000);
  OK(fencepost_id_generator_fini(ids));
  return 0;
}

/* 0, or the line at which something was not as it should be. */
int program(void) {
  int line = once();
  if (!line) line = refused();
  if (!line) line = others();
  return line;
}
