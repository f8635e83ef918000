/* What a client makes of its settings, and what is said of them: no memory is allocated. */
#include "check.h"

#define TEXT(text) (text), sizeof(text) - 1
#define MANY(array) (array), sizeof(array) / sizeof *(array)

static fencepost_client_version version(uint16_t major, uint16_t minor) {
  fencepost_client_version it = {0};
  it.struct_size = sizeof it;
  it.major = major;
  it.minor = minor;
  return it;
}

static bool is(const char *text, size_t len, const char *wanted) {
  return len == strlen(wanted) && memcmp(text, wanted, len) == 0;
}

/* All findings, asked for one by one; gives how many there are, and holds their kinds against those
 * that are wanted, in order. */
static void finds(const fencepost_config_entry *entries, size_t len, const fencepost_client_version *of,
                  const fencepost_cluster *cluster, const uint32_t *kinds, size_t wanted,
                  fencepost_config_finding *last) {
  size_t count, at = 0;
  for (;; at++) {
    OK(fencepost_config_findings(entries, len, of, cluster, at, last, 1, &count));
    if (count == 0) break;
    CHECK(count == 1 && last->sentence[0] != 0);
    if (at >= wanted || last->kind != kinds[at]) fprintf(stderr, "%u: %s\n", last->kind, last->sentence);
    CHECK(at < wanted && last->kind == kinds[at]);
  }
  CHECK(at == wanted && wanted <= FENCEPOST_CONFIG_FINDINGS_MAX);
}

int main(void) {
  fencepost_client_version newest = version(0, 0), old = version(2, 8), ancient = version(0, 10);
  fencepost_resolved resolved;
  fencepost_config_finding found[2];
  fencepost_cluster cluster = {0};
  fencepost_error error = FENCEPOST_ERROR_INIT;
  char sentence[200];
  uint32_t setting;
  size_t count;
  cluster.struct_size = sizeof cluster;

  /* Nothing said: exactly once per session, since 3.0.1. */
  OK(fencepost_config_resolve(NULL, 0, &newest, &resolved, NULL));
  CHECK(resolved.promise == FENCEPOST_PROMISE_EXACTLY_ONCE_PER_SESSION && resolved.is_idempotent);
  CHECK(resolved.idempotence == FENCEPOST_IDEMPOTENCE_ON_BY_DEFAULT && resolved.acks == -1);
  CHECK(resolved.retries == 2147483647 && resolved.delivery_timeout_ms == 120000);
  CHECK(resolved.linger_ms == 5 && resolved.batch_size == 16384 && resolved.max_in_flight == 5);
  CHECK(resolved.transactional_id == NULL && resolved.client_id == NULL);
  CHECK(resolved.request_lifetime_ms == 120000);
  OK(fencepost_config_resolve(NULL, 0, &old, &resolved, NULL));
  CHECK(resolved.promise == FENCEPOST_PROMISE_AT_LEAST_ONCE && resolved.acks == 1);
  CHECK(resolved.idempotence == FENCEPOST_IDEMPOTENCE_OFF_BY_DEFAULT);
  GIVES(FENCEPOST_VALUE, fencepost_config_resolve(NULL, 0, &ancient, &resolved, NULL));

  /* One acknowledgement is enough, somebody thought: idempotence is gone without an error. */
  {
    const fencepost_config_entry entries[] = {{TEXT("bootstrap.servers"), TEXT("x:9092")},
                                              {TEXT("acks"), TEXT("all")},
                                              {TEXT("acks"), TEXT(" 1 ")}};
    const uint32_t kinds[] = {
        FENCEPOST_CONFIG_FINDING_NOT_IDEMPOTENT, FENCEPOST_CONFIG_FINDING_RETRIES_DUPLICATE,
        FENCEPOST_CONFIG_FINDING_RETRIES_REORDER, FENCEPOST_CONFIG_FINDING_LEADER_ALONE,
        FENCEPOST_CONFIG_FINDING_IDEMPOTENCE_DROPPED};
    OK(fencepost_config_resolve(MANY(entries), &newest, &resolved, NULL));
    CHECK(resolved.promise == FENCEPOST_PROMISE_AT_LEAST_ONCE && resolved.acks == 1);
    CHECK(resolved.idempotence == FENCEPOST_IDEMPOTENCE_OFF_BY_CONFLICT && !resolved.is_idempotent);
    finds(MANY(entries), &newest, NULL, MANY(kinds), found);
    CHECK(strcmp(found->sentence, "idempotence is dropped without an error because acks is 1") == 0);
  }

  /* The same with the switch written out: the client does not start, and says why. */
  {
    const fencepost_config_entry entries[] = {{TEXT("enable.idempotence"), TEXT("true")},
                                              {TEXT("acks"), TEXT("1")},
                                              {TEXT("retries"), TEXT("0")},
                                              {TEXT("linger.ms"), TEXT("-7")}};
    const uint32_t kinds[] = {FENCEPOST_CONFIG_FINDING_AT_LEAST, FENCEPOST_CONFIG_FINDING_RETRIES,
                              FENCEPOST_CONFIG_FINDING_ACKS_ALL};
    error.sentence = sentence;
    error.sentence_size = sizeof sentence;
    GIVES(FENCEPOST_CONFIG, fencepost_config_resolve(MANY(entries), &newest, &resolved, &error));
    CHECK(error.position == 3 && strcmp(sentence, "linger.ms is \"-7\": it must be at least 0") == 0);
    GIVES(FENCEPOST_CONFIG, fencepost_config_resolve(entries, 3, &newest, &resolved, &error));
    CHECK(error.position == 2);
    finds(MANY(entries), &newest, NULL, MANY(kinds), found);
    CHECK(found->setting == FENCEPOST_SETTING_ACKS && found->position == 1);
    CHECK(found->outcome == FENCEPOST_CONFIG_OUTCOME_REFUSED);
    CHECK(strcmp(found->sentence, "acks is \"1\": idempotence needs acks=all") == 0);
  }

  /* A transactional producer, and brokers that refuse something of it later. */
  {
    const fencepost_config_entry entries[] = {{TEXT("transactional.id"), TEXT(" pay ")},
                                              {TEXT("transaction.timeout.ms"), TEXT("60001")},
                                              {TEXT("client.id"), NULL, 0}};
    const fencepost_config_entry good[] = {entries[0], entries[1]};
    const uint32_t kinds[] = {FENCEPOST_CONFIG_FINDING_SEQUENCED,
                              FENCEPOST_CONFIG_FINDING_FENCED,
                              FENCEPOST_CONFIG_FINDING_DELIVERY_OUTLIVES_TRANSACTION,
                              FENCEPOST_CONFIG_FINDING_NOT_AUTHORIZED,
                              FENCEPOST_CONFIG_FINDING_TRANSACTION_TIMEOUT,
                              FENCEPOST_CONFIG_FINDING_BATCH_TOO_LARGE,
                              FENCEPOST_CONFIG_FINDING_NOT_ENOUGH_REPLICAS,
                              FENCEPOST_CONFIG_FINDING_RECORD_TOO_LARGE};
    OK(fencepost_config_resolve(MANY(good), &newest, &resolved, NULL));
    CHECK(resolved.promise == FENCEPOST_PROMISE_EXACTLY_ONCE_ACROSS_SESSIONS);
    CHECK(resolved.is_transactional && resolved.transaction_timeout_ms == 60001);
    CHECK(is(resolved.transactional_id, resolved.transactional_id_len, "pay"));
    CHECK(resolved.transactional_id == entries[0].value + 1);
    CHECK(resolved.client_id_from == FENCEPOST_CLIENT_ID_OF_TRANSACTIONAL_ID);
    CHECK(is(resolved.client_id, resolved.client_id_len, "pay"));
    cluster.brokers = FENCEPOST_BROKERS_BEFORE_2_8;
    cluster.without_idempotent_write = 1;
    cluster.transaction_max_timeout_ms = 60000;
    cluster.message_max_bytes = 1000;
    cluster.min_insync_replicas = 2;
    cluster.in_sync_replicas = 1;
    cluster.largest_record = 1 << 21;
    finds(MANY(good), &newest, &cluster, MANY(kinds), found);
    CHECK(found->moment == FENCEPOST_CONFIG_MOMENT_SEND && found->a == 1 << 21 && found->b == 1 << 20);
    CHECK(found->outcome == FENCEPOST_CONFIG_OUTCOME_TRANSACTION_ABORTS && found->kafka_code == 0);
    OK(fencepost_config_findings(MANY(good), &newest, &cluster, 4, found, 1, &count));
    CHECK(found->kafka_code == 50 && found->a == 60001 && found->b == 60000);
    CHECK(found->moment == FENCEPOST_CONFIG_MOMENT_FIRST_INIT_PRODUCER_ID);
    CHECK(found->outcome == FENCEPOST_CONFIG_OUTCOME_FATAL);

    /* A key without a value is null, and nothing checks it. */
    GIVES(FENCEPOST_CONFIG, fencepost_config_resolve(MANY(entries), &newest, &resolved, &error));
    CHECK(error.position == 2);
    cluster.brokers = 3;
    GIVES(FENCEPOST_VALUE,
          fencepost_config_findings(MANY(good), &newest, &cluster, 0, found, 2, &count));
  }

  /* The requests in flight drop idempotence, which transactions need: it is they that are refused. */
  {
    const fencepost_config_entry entries[] = {{TEXT("max.in.flight.requests.per.connection"), TEXT("6")},
                                              {TEXT("transactional.id"), TEXT("t")}};
    const fencepost_client_version of = version(3, 5);
    GIVES(FENCEPOST_CONFIG, fencepost_config_resolve(MANY(entries), &of, &resolved, &error));
    CHECK(error.position == 1);
  }

  /* Text that is none. */
  {
    const fencepost_config_entry entries[] = {{TEXT("acks"), "\xff", 1}};
    GIVES(FENCEPOST_TEXT, fencepost_config_resolve(MANY(entries), &newest, &resolved, NULL));
  }
  OK(fencepost_setting_from_name("acks", 4, &setting));
  CHECK(setting == FENCEPOST_SETTING_ACKS);
  OK(fencepost_setting_from_name(TEXT("transaction.two.phase.commit.enable"), &setting));
  CHECK(setting == FENCEPOST_SETTING_TWO_PHASE_COMMIT_ENABLE);
  GIVES(FENCEPOST_CONFIG_UNKNOWN, fencepost_setting_from_name("Acks", 4, &setting));
  puts("config: all held");
  return 0;
}
