/* A broker of the smallest kind, to see that headers and library fit together. */
/* prints: fencepost 0.1: appended at 0, then a duplicate of offset 0 */
#include <fencepost.h>
#include <stdio.h>

int main(void) {
    fencepost_partition_config config = {0};
    fencepost_context context = {0};
    fencepost_batch batch = {0};
    fencepost_admission first, second;
    fencepost_partition *partition = NULL;
    int right;

    config.struct_size = sizeof config;
    config.producers = 1;
    context.struct_size = sizeof context;
    batch.header.producer_id = 7;
    batch.header.records_count = 1;
    if (fencepost_version_number() != FENCEPOST_VERSION_NUMBER || fencepost_version_abi() != FENCEPOST_ABI_VERSION ||
        fencepost_partition_new(&config, &partition) != FENCEPOST_OK) {
        return 1;
    }
    right = fencepost_partition_admit(partition, &batch, &context, &first, NULL) == FENCEPOST_OK &&
            first.verdict == FENCEPOST_VERDICT_APPEND &&
            fencepost_partition_record(partition, &first.ticket, 0, NULL) == FENCEPOST_OK &&
            fencepost_partition_admit(partition, &batch, &context, &second, NULL) == FENCEPOST_OK &&
            second.verdict == FENCEPOST_VERDICT_DUPLICATE;
    fencepost_partition_free(partition);
    if (!right) return 1;
    printf("fencepost %d.%d: appended at 0, then a duplicate of offset %d\n", FENCEPOST_VERSION_MAJOR,
           FENCEPOST_VERSION_MINOR, (int)second.first_offset);
    return 0;
}
