/* An audit of logs in which something is wrong: it names that, and nothing else. */
#include "batches.h"

static fencepost_audit *audit_of(uint32_t producers) {
  fencepost_audit_config config = {0};
  fencepost_audit *made;
  config.struct_size = sizeof config;
  config.producers = producers;
  config.transactions = producers + 1;
  config.trails = 2 * producers;
  OK(fencepost_audit_new(&config, &made));
  return made;
}

/* Observes a batch, about which exactly this is to be said: 0 for nothing. */
static fencepost_finding says(fencepost_audit *audit, fencepost_batch batch, uint32_t kind) {
  fencepost_finding findings[FENCEPOST_FINDINGS_MAX];
  size_t count;
  OK(fencepost_audit_observe(audit, &batch, findings, FENCEPOST_FINDINGS_MAX, &count, NULL, NULL));
  for (size_t n = 0; n < count; n++)
    if (findings[n].kind != kind) fprintf(stderr, "%u: %s\n", findings[n].kind, findings[n].sentence);
  CHECK(count == (kind != 0));
  if (count == 0) memset(findings, 0, sizeof findings);
  CHECK(findings[0].kind == kind && (!kind || findings[0].producer_id == batch.header.producer_id));
  return findings[0];
}

static void faults(void) {
  fencepost_audit *audit = audit_of(8);
  fencepost_finding found;
  fencepost_producer_description known;
  (void)says(audit, data(7, 0, 0, 3, 0), 0);
  (void)says(audit, data(7, 0, 3, 2, 3), 0);
  found = says(audit, data(7, 0, 6, 1, 5), FENCEPOST_FINDING_GAP);
  CHECK(found.a == 5 && found.b == 6 && found.c == 1 && found.is_fault && found.offset == 5);
  CHECK(!found.offsets_missing && strstr(found.sentence, "7") && strstr(found.sentence, "6"));
  found = says(audit, data(7, 0, 3, 2, 6), FENCEPOST_FINDING_DUPLICATE);
  CHECK(found.a == 3 && found.is_fault);
  found = says(audit, data(7, 1, 0, 1, 8), FENCEPOST_FINDING_EPOCH_RAISED);
  CHECK(found.a == 0 && !found.is_fault);
  found = says(audit, data(7, 0, 7, 1, 9), FENCEPOST_FINDING_EPOCH_LOWERED);
  CHECK(found.a == 1 && found.is_fault && found.producer_epoch == 0);
  found = says(audit, data(8, 0, 4, 1, 10), FENCEPOST_FINDING_FIRST_SEQUENCE_NOT_ZERO);
  CHECK(found.a == 4);
  (void)says(audit, data(-1, -1, -1, 5, 11), 0);
  OK(fencepost_audit_describe(audit, 8, &known));
  CHECK(known.last_sequence == 4);
  GIVES(FENCEPOST_NOT_FOUND, fencepost_audit_describe(audit, 9, &known));
  fencepost_audit_free(audit);
}

static void transactions(void) {
  fencepost_audit *audit = audit_of(8);
  fencepost_finding findings[FENCEPOST_FINDINGS_MAX];
  fencepost_completed completed;
  fencepost_batch end = marker(7, 0, FENCEPOST_BATCH_KIND_COMMIT, 3);
  size_t count;
  (void)says(audit, transactional(data(7, 0, 0, 3, 0)), 0);
  OK(fencepost_audit_observe(audit, &end, findings, FENCEPOST_FINDINGS_MAX, &count, &completed, NULL));
  CHECK(count == 0 && completed.producer_id == 7 && !completed.aborted);
  CHECK(completed.first_offset == 0 && completed.last_offset == 3);
  (void)says(audit, marker(7, 0, FENCEPOST_BATCH_KIND_COMMIT, 4),
             FENCEPOST_FINDING_MARKER_WITHOUT_TRANSACTION);
  (void)says(audit, transactional(data(7, 0, 3, 1, 5)), 0);
  (void)says(audit, data(7, 0, 4, 1, 6), FENCEPOST_FINDING_NON_TRANSACTIONAL_IN_TRANSACTION);
  OK(fencepost_audit_left_open(audit, 0, findings, FENCEPOST_FINDINGS_MAX, &count));
  CHECK(count == 1 && findings[0].kind == FENCEPOST_FINDING_TRANSACTION_LEFT_OPEN);
  CHECK(findings[0].producer_id == 7 && findings[0].b == 0);
  OK(fencepost_audit_left_open(audit, 1, findings, FENCEPOST_FINDINGS_MAX, &count));
  CHECK(count == 0);
  fencepost_audit_free(audit);
}

/* More producers than there is memory for: the batch is not taken, and the audit goes on. */
static void full(void) {
  fencepost_audit *audit = audit_of(2);
  fencepost_error error = FENCEPOST_ERROR_INIT;
  fencepost_finding findings[FENCEPOST_FINDINGS_MAX];
  fencepost_batch third = data(3, 0, 0, 1, 2);
  size_t count;
  (void)says(audit, data(1, 0, 0, 1, 0), 0);
  (void)says(audit, data(2, 0, 0, 1, 1), 0);
  GIVES(FENCEPOST_AUDIT_FULL, fencepost_audit_observe(audit, &third, findings,
                                                      FENCEPOST_FINDINGS_MAX, &count, NULL, &error));
  CHECK(error.expected == 2 && error.producer_id == 3);
  GIVES(FENCEPOST_BUFFER_TOO_SMALL,
        fencepost_audit_observe(audit, &third, findings, 1, &count, NULL, NULL));
  (void)says(audit, data(2, 0, 1, 1, 2), 0);
  fencepost_audit_free(audit);
}

int main(void) {
  faults();
  transactions();
  full();
  puts("audit: all held");
  return 0;
}
