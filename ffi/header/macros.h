
/* The version of this header; fencepost_version_number is that of the library. */
#define FENCEPOST_VERSION_MAJOR @MAJOR@
#define FENCEPOST_VERSION_MINOR @MINOR@
#define FENCEPOST_VERSION_PATCH @PATCH@
#define FENCEPOST_VERSION_NUMBER                                                       \
  (((uint32_t)FENCEPOST_VERSION_MAJOR << 24) | ((uint32_t)FENCEPOST_VERSION_MINOR << 16) | \
   ((uint32_t)FENCEPOST_VERSION_PATCH << 8))
/* What a change of the binary interface changes; fencepost_version_abi is that of the library. */
#define FENCEPOST_ABI_VERSION 0

/* Defined where _new, _free and files can be had: everywhere, unless FENCEPOST_NO_HEAP is. */
#if !defined(FENCEPOST_NO_HEAP) && !defined(FENCEPOST_HEAP)
#define FENCEPOST_HEAP 1
#endif

/* A result that must be looked at. */
#if defined(__cplusplus) && __cplusplus >= 201703L
#define FENCEPOST_NODISCARD [[nodiscard]]
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ > 202000L
#define FENCEPOST_NODISCARD [[nodiscard]]
#elif defined(__GNUC__) || defined(__clang__)
#define FENCEPOST_NODISCARD __attribute__((warn_unused_result))
#else
#define FENCEPOST_NODISCARD
#endif

/* What memory for a handle is aligned to. */
#define FENCEPOST_ALIGN 64

/* At least what fencepost_partition_size says, as a constant for a static buffer. */
#define FENCEPOST_PARTITION_SIZE(producers, transactions, guards, undecided)             \
  (1024u + 170u * (size_t)(producers) + 24u * (size_t)(transactions) +                  \
   32u * (size_t)(guards) + 72u * (size_t)(undecided))

/* At least what fencepost_producer_size says, as a constant for a static buffer. */
#define FENCEPOST_PRODUCER_SIZE(partitions) (1024u + 768u * (size_t)(partitions))
/* The same of a producer with a journal. */
#define FENCEPOST_JOURNALED_PRODUCER_SIZE(partitions) (1024u + 3712u * (size_t)(partitions))
/* At least what fencepost_journal_overhead says. */
#define FENCEPOST_JOURNAL_OVERHEAD 1024

/* At least what fencepost_transaction_manager_size says, as a constant for a static buffer. */
#define FENCEPOST_TRANSACTION_MANAGER_SIZE(partitions) (640u + (size_t)(partitions))

/* The highest offset that a batch can be recorded at: 2^63 - 1 - 2^31. */
#define FENCEPOST_BASE_OFFSET_MAX INT64_C(9223372034707292159)

/* Bytes of a batch's header; a batch is at least so long. */
#define FENCEPOST_BATCH_HEADER_LEN 61
/* Bytes of the control batch that ends a transaction. */
#define FENCEPOST_MARKER_LEN 78
/* The most findings that one batch can have. */
#define FENCEPOST_FINDINGS_MAX 6
/* The most findings that one configuration can have. */
#define FENCEPOST_CONFIG_FINDINGS_MAX 27
/* Room for the name of any snapshot file, its NUL included. */
#define FENCEPOST_SNAPSHOT_NAME_SIZE 48
/* Bytes of an entry of a .txnindex. */
#define FENCEPOST_TXN_INDEX_ENTRY_LEN 34
/* How many headers a record may be given. */
#define FENCEPOST_RECORD_HEADERS_MAX 32

/* A fencepost_error that wants no sentence, and one that wants it in an array of char. */
#define FENCEPOST_ERROR_INIT                                                             \
  {(uint32_t)sizeof(fencepost_error), 0, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, {{0, 0, 0, 0}}}
#define FENCEPOST_ERROR_WITH(text)                                                       \
  {(uint32_t)sizeof(fencepost_error), 0, (text), sizeof(text), 0, 0, 0, 0, 0, 0, 0, 0,   \
   {{0, 0, 0, 0}}}
