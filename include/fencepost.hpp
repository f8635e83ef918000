// fencepost for C++17: the handles of fencepost.h as move-only classes that give themselves back, its statuses as a
// std::error_code, and nothing else. Header only, without exceptions and without RTTI; every function is noexcept.
//
// What a function does, what it costs and how it can fail stands at the C function of the same name: partition::admit is
// fencepost_partition_admit. Its rules of threads and memory hold here too. get() of each class gives the C handle for
// whatever is not wrapped.
//
//   fencepost::partition_config config;
//   config.producers = 1000;
//   auto partition = fencepost::partition::make(config);
//   if (!partition) return partition.error();
//   fencepost::refusal why;
//   auto admission = partition->admit(batch, context, &why);
//   if (!admission) answer(why.kafka_code(), why.sentence());
#ifndef FENCEPOST_HPP
#define FENCEPOST_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include "fencepost.h"

namespace fencepost {
const std::error_category &category() noexcept;
}

// Beside the enum, where std::error_code looks for it.
inline std::error_code make_error_code(fencepost_status status) noexcept {
  return {static_cast<int>(status), fencepost::category()};
}

namespace std {
template <>
struct is_error_code_enum<fencepost_status> : true_type {};
}  // namespace std

namespace fencepost {

// ------------------------------------------------------------------------------------------------- statuses and results

// The category of fencepost_status; its messages are fencepost_status_str's.
inline const std::error_category &category() noexcept {
  class of_status final : public std::error_category {
   public:
    const char *name() const noexcept override { return "fencepost"; }
    std::string message(int status) const override {
      return fencepost_status_str(static_cast<std::uint32_t>(status));
    }
  };
  static const of_status one;
  return one;
}

using ::make_error_code;

// A value, or the status that came instead of it. Must be looked at.
template <class T>
class [[nodiscard]] result {
 public:
  result(T value) noexcept : status_(FENCEPOST_OK) { ::new (&storage_) T(std::move(value)); }
  result(fencepost_status status) noexcept : status_(status) {}
  result(result &&other) noexcept : status_(other.status_) {
    if (*this) ::new (&storage_) T(std::move(*other));
  }
  result(const result &) = delete;
  result &operator=(const result &) = delete;
  result &operator=(result &&) = delete;
  ~result() {
    if (*this) (**this).~T();
  }

  explicit operator bool() const noexcept { return status_ == FENCEPOST_OK; }
  fencepost_status status() const noexcept { return status_; }
  std::error_code error() const noexcept { return make_error_code(status_); }

  // Only where there is a value.
  T &operator*() noexcept { return *std::launder(reinterpret_cast<T *>(&storage_)); }
  const T &operator*() const noexcept { return *std::launder(reinterpret_cast<const T *>(&storage_)); }
  T *operator->() noexcept { return &**this; }
  const T *operator->() const noexcept { return &**this; }

 private:
  fencepost_status status_;
  alignas(T) unsigned char storage_[sizeof(T)];
};

// The same where there is no value.
template <>
class [[nodiscard]] result<void> {
 public:
  result(fencepost_status status) noexcept : status_(status) {}
  explicit operator bool() const noexcept { return status_ == FENCEPOST_OK; }
  fencepost_status status() const noexcept { return status_; }
  std::error_code error() const noexcept { return make_error_code(status_); }

 private:
  fencepost_status status_;
};

// Why a call was refused: give it as the last argument. It is filled in for statuses from 100 on.
class refusal {
 public:
  refusal() noexcept : error_{}, text_{} {
    error_.struct_size = static_cast<std::uint32_t>(sizeof error_);
    error_.sentence = text_.data();
    error_.sentence_size = text_.size();
  }
  refusal(const refusal &other) noexcept : error_(other.error_), text_(other.text_) {
    error_.sentence = text_.data();
  }
  refusal &operator=(const refusal &other) noexcept {
    error_ = other.error_;
    text_ = other.text_;
    error_.sentence = text_.data();
    return *this;
  }

  std::error_code code() const noexcept {
    return make_error_code(static_cast<fencepost_status>(error_.status));
  }
  // In English; cut off after 511 bytes.
  std::string_view sentence() const noexcept { return text_.data(); }
  // The Kafka code that answers it.
  std::int16_t kafka_code() const noexcept { return error_.kafka_code; }
  // All of it.
  const fencepost_error &details() const noexcept { return error_; }
  fencepost_error *out() noexcept { return &error_; }

 private:
  fencepost_error error_;
  std::array<char, 512> text_;
};

namespace detail {

inline fencepost_error *out(refusal *why) noexcept { return why ? why->out() : nullptr; }

// A struct of options with its size set and every member at its default.
template <class C>
struct sized : C {
  sized() noexcept : C{} { this->struct_size = static_cast<std::uint32_t>(sizeof(C)); }
};

// What was written through a pointer, if the call went well.
template <class T, class Call>
result<T> written(Call call) noexcept {
  T value{};
  const fencepost_status status = call(&value);
  if (status != FENCEPOST_OK) return status;
  return value;
}

// The same where FENCEPOST_NOT_FOUND is an answer.
template <class T, class Call>
result<std::optional<T>> found(Call call) noexcept {
  T value{};
  const fencepost_status status = call(&value);
  if (status == FENCEPOST_NOT_FOUND) return std::optional<T>();
  if (status != FENCEPOST_OK) return status;
  return std::optional<T>(value);
}

// A handle, and who gives it back. `Api` names the C functions of the type.
template <class Api>
class handle {
 public:
  using raw = typename Api::raw;

  handle(handle &&other) noexcept
      : raw_(std::exchange(other.raw_, nullptr)), in_place_(other.in_place_) {}
  handle &operator=(handle &&other) noexcept {
    if (this != &other) {
      end();
      raw_ = std::exchange(other.raw_, nullptr);
      in_place_ = other.in_place_;
    }
    return *this;
  }
  handle(const handle &) = delete;
  handle &operator=(const handle &) = delete;
  ~handle() { end(); }

  // The C handle, which stays this object's; null after a move.
  raw *get() const noexcept { return raw_; }

 protected:
  handle(raw *from, bool in_place) noexcept : raw_(from), in_place_(in_place) {}

 private:
  void end() noexcept {
    if (!raw_) return;
    if (in_place_) {
      (void)Api::fini(raw_);
    } else {
#if defined(FENCEPOST_HEAP)
      Api::free(raw_);
#endif
    }
    raw_ = nullptr;
  }

  raw *raw_;
  bool in_place_;
};

}  // namespace detail

// ----------------------------------------------------------------------------------------------------- bytes and options

// Bytes to read: any container of bytes but an array of char, or a pointer and a length.
class bytes {
 public:
  bytes(const std::uint8_t *data, std::size_t size) noexcept : data_(data), size_(size) {}
  template <class Container, class = decltype(std::data(std::declval<const Container &>()))>
  bytes(const Container &of) noexcept
      : data_(reinterpret_cast<const std::uint8_t *>(std::data(of))), size_(std::size(of)) {
    static_assert(sizeof(*std::data(of)) == 1, "a container of bytes");
  }
  // Whether the NUL of a literal is meant can't be told: say it by a std::string_view, or by a length.
  template <std::size_t Size>
  bytes(const char (&)[Size]) = delete;
  const std::uint8_t *data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }

 private:
  const std::uint8_t *data_;
  std::size_t size_;
};

// Bytes to write to.
class buffer {
 public:
  buffer(std::uint8_t *data, std::size_t size) noexcept : data_(data), size_(size) {}
  template <class Container, class = decltype(std::data(std::declval<Container &>()))>
  buffer(Container &of) noexcept
      : data_(reinterpret_cast<std::uint8_t *>(std::data(of))), size_(std::size(of)) {
    static_assert(sizeof(*std::data(of)) == 1, "a container of bytes");
  }
  std::uint8_t *data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }

 private:
  std::uint8_t *data_;
  std::size_t size_;
};

// Elements to read: any container of them, or a pointer and a length.
template <class T>
class view {
 public:
  view(const T *data, std::size_t size) noexcept : data_(data), size_(size) {}
  template <class Container, class = decltype(std::data(std::declval<const Container &>()))>
  view(const Container &of) noexcept : data_(std::data(of)), size_(std::size(of)) {
    static_assert(sizeof(*std::data(of)) == sizeof(T), "a container of such elements");
  }
  const T *data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }

 private:
  const T *data_;
  std::size_t size_;
};

// Room for elements.
template <class T>
class list {
 public:
  list() noexcept : data_(nullptr), size_(0) {}
  list(T *data, std::size_t size) noexcept : data_(data), size_(size) {}
  template <class Container, class = decltype(std::data(std::declval<Container &>()))>
  list(Container &of) noexcept : data_(std::data(of)), size_(std::size(of)) {
    static_assert(sizeof(*std::data(of)) == sizeof(T), "a container of such elements");
  }
  T *data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }

 private:
  T *data_;
  std::size_t size_;
};

using audit_config = detail::sized<fencepost_audit_config>;
using batch_options = detail::sized<fencepost_batch_options>;
using client_version = detail::sized<fencepost_client_version>;
using cluster_facts = detail::sized<fencepost_cluster>;
using context = detail::sized<fencepost_context>;
using init_request = detail::sized<fencepost_init_request>;
using log_shape = detail::sized<fencepost_log_shape>;
using marker = detail::sized<fencepost_marker>;
using new_batch = detail::sized<fencepost_new_batch>;
using partition_config = detail::sized<fencepost_partition_config>;
using producer_settings = detail::sized<fencepost_producer_settings>;
using scratch_config = detail::sized<fencepost_scratch_config>;
using storage_config = detail::sized<fencepost_storage_config>;
using transaction_config = detail::sized<fencepost_transaction_config>;
using transaction_manager_config = detail::sized<fencepost_transaction_manager_config>;
using validation = detail::sized<fencepost_validation>;
using verification = detail::sized<fencepost_verification>;
using kept_partition = detail::sized<fencepost_kept_partition>;
using kept_batch = detail::sized<fencepost_kept_batch>;

// What came of one sending.
struct answer : detail::sized<fencepost_answer> {
  // The broker's answer, as in the protocol.
  static answer response(std::int16_t kafka_code, std::int64_t base = -1, std::int64_t append_time = -1,
                         std::int64_t log_start = -1) noexcept {
    answer of(FENCEPOST_ANSWER_RESPONSE);
    of.code = kafka_code;
    of.base_offset = base;
    of.log_append_time = append_time;
    of.log_start_offset = log_start;
    return of;
  }
  static answer timed_out() noexcept { return answer(FENCEPOST_ANSWER_TIMED_OUT); }
  static answer disconnected() noexcept { return answer(FENCEPOST_ANSWER_DISCONNECTED); }
  static answer not_sent() noexcept { return answer(FENCEPOST_ANSWER_NOT_SENT); }

 private:
  explicit answer(fencepost_answer_kind of) noexcept { kind = of; }
};

// What a partition's leader says of the producer id.
struct described : detail::sized<fencepost_described> {
  static described listed(std::int32_t epoch, std::int32_t last) noexcept {
    described of(FENCEPOST_DESCRIBED_LISTED);
    of.producer_epoch = epoch;
    of.last_sequence = last;
    return of;
  }
  static described not_listed(std::int64_t log_start = -1) noexcept {
    described of(FENCEPOST_DESCRIBED_NOT_LISTED);
    of.log_start_offset = log_start;
    return of;
  }
  static described unsupported() noexcept { return described(FENCEPOST_DESCRIBED_UNSUPPORTED); }
  static described failed() noexcept { return described(FENCEPOST_DESCRIBED_FAILED); }

 private:
  explicit described(fencepost_described_kind of) noexcept {
    kind = of;
    log_start_offset = -1;
  }
};

// A record to be written; what it views stays the caller's.
struct record : detail::sized<fencepost_record> {
  record() noexcept = default;
  record(std::int64_t at_ms, std::optional<bytes> with_key, std::optional<bytes> with_value) noexcept {
    timestamp = at_ms;
    if (with_key) {
      key = present(*with_key);
      key_len = with_key->size();
    }
    if (with_value) {
      value = present(*with_value);
      value_len = with_value->size();
    }
  }

 private:
  // An empty view may be null, which would mean no key or value at all.
  static const std::uint8_t *present(bytes of) noexcept {
    static const std::uint8_t nothing = 0;
    return of.data() ? of.data() : &nothing;
  }
};

// ----------------------------------------------------------------------------------------------- codes, names and numbers

// Of the library that is linked; the header's are FENCEPOST_VERSION_NUMBER and so on.
inline std::uint32_t version_number() noexcept { return fencepost_version_number(); }
inline std::uint32_t version_abi() noexcept { return fencepost_version_abi(); }
inline std::string_view version_string() noexcept { return fencepost_version_string(); }

inline std::string_view status_name(fencepost_status of) noexcept {
  return fencepost_status_name(static_cast<std::uint32_t>(of));
}
// What a broker answers for a status; a refusal's exact one is refusal::kafka_code.
inline std::int16_t status_kafka_code(fencepost_status of) noexcept {
  return fencepost_status_kafka_code(static_cast<std::uint32_t>(of));
}

// Kafka's error codes.
namespace error_codes {
// Nothing for a code that Kafka does not have.
inline std::optional<std::string_view> name(std::int16_t code) noexcept {
  const char *const of = fencepost_error_code_name(code);
  return of ? std::optional<std::string_view>(of) : std::nullopt;
}
inline result<std::optional<std::int16_t>> from_name(std::string_view name) noexcept {
  return detail::found<std::int16_t>([&](std::int16_t *to) {
    return fencepost_error_code_from_name(name.data(), name.size(), to);
  });
}
inline bool is_retriable(std::int16_t code) noexcept { return fencepost_error_code_is_retriable(code); }
}  // namespace error_codes

// Sequences, which wrap from 2147483647 to 0.
namespace sequences {
inline std::int32_t increment(std::int32_t sequence, std::int32_t by) noexcept {
  return fencepost_sequence_increment(sequence, by);
}
inline std::int32_t decrement(std::int32_t sequence, std::int32_t by) noexcept {
  return fencepost_sequence_decrement(sequence, by);
}
inline bool follows(std::int32_t last, std::int32_t next) noexcept {
  return fencepost_sequence_follows(last, next);
}
inline std::int32_t last(std::int32_t base_sequence, std::int32_t last_offset_delta) noexcept {
  return fencepost_sequence_last(base_sequence, last_offset_delta);
}
}  // namespace sequences

inline result<std::uint32_t> crc32c(bytes of) noexcept {
  return detail::written<std::uint32_t>(
      [&](std::uint32_t *to) { return fencepost_crc32c(of.data(), of.size(), to); });
}

// --------------------------------------------------------------------------------------------------------------- batches

inline result<fencepost_frame> frame(bytes of, refusal *why = nullptr) noexcept {
  return detail::written<fencepost_frame>([&](fencepost_frame *to) {
    return fencepost_batch_frame(of.data(), of.size(), to, detail::out(why));
  });
}

inline result<fencepost_batch_header> parse_header(bytes of, refusal *why = nullptr) noexcept {
  return detail::written<fencepost_batch_header>([&](fencepost_batch_header *to) {
    return fencepost_batch_header_parse(of.data(), of.size(), to, detail::out(why));
  });
}

// The same of one whole batch and no more.
inline result<fencepost_batch_header> parse_batch(bytes of, refusal *why = nullptr) noexcept {
  return detail::written<fencepost_batch_header>([&](fencepost_batch_header *to) {
    return fencepost_batch_parse(of.data(), of.size(), to, detail::out(why));
  });
}

inline result<void> write_header(const fencepost_batch_header &header, buffer to) noexcept {
  return fencepost_batch_header_write(&header, to.data(), to.size());
}

// A whole batch as a partition looks at it.
inline result<fencepost_batch> read_batch(bytes of, refusal *why = nullptr) noexcept {
  return detail::written<fencepost_batch>([&](fencepost_batch *to) {
    return fencepost_batch_read(of.data(), of.size(), to, detail::out(why));
  });
}

inline result<void> verify_crc(bytes of, refusal *why = nullptr) noexcept {
  return fencepost_batch_verify_crc(of.data(), of.size(), detail::out(why));
}

inline result<void> seal(buffer batch, refusal *why = nullptr) noexcept {
  return fencepost_batch_seal(batch.data(), batch.size(), detail::out(why));
}

// One record of a batch, which what is given points into; nothing behind the last one.
inline result<std::optional<fencepost_record_view>> read_record(bytes batch, std::uint32_t number,
                                                                list<fencepost_record_header> headers = {},
                                                                refusal *why = nullptr) noexcept {
  return detail::found<fencepost_record_view>([&](fencepost_record_view *to) {
    return fencepost_batch_record(batch.data(), batch.size(), number, to, headers.data(), headers.size(),
                                  detail::out(why));
  });
}

// Its records from one on: how many were written, 0 at the end.
inline result<std::size_t> read_records(bytes batch, std::size_t from, list<fencepost_record_view> records,
                                        refusal *why = nullptr) noexcept {
  return detail::written<std::size_t>([&](std::size_t *count) {
    return fencepost_batch_records(batch.data(), batch.size(), from, records.data(), records.size(), count,
                                   detail::out(why));
  });
}

// A batch of a log; the next one begins so many bytes behind it.
struct log_batch {
  fencepost_batch batch;
  std::size_t size;
};

// The batch of a log at this byte; nothing at the end.
inline result<std::optional<log_batch>> next_in_log(bytes log, std::size_t position, bool verify_crc,
                                                    refusal *why = nullptr) noexcept {
  return detail::found<log_batch>([&](log_batch *to) {
    return fencepost_log_next(log.data(), log.size(), position, verify_crc ? 1 : 0, &to->batch, &to->size,
                              detail::out(why));
  });
}

// What a leader checks before it asks the partition, and assigns.
inline result<fencepost_assigned> validate(bytes batches, const validation &how,
                                           refusal *why = nullptr) noexcept {
  return detail::written<fencepost_assigned>([&](fencepost_assigned *to) {
    return fencepost_validate(batches.data(), batches.size(), &how, to, detail::out(why));
  });
}

inline result<void> write_assigned(const fencepost_assigned &assigned, std::int32_t partition_leader_epoch,
                                   buffer batch, refusal *why = nullptr) noexcept {
  return fencepost_assigned_write(&assigned, partition_leader_epoch, batch.data(), batch.size(),
                                  detail::out(why));
}

inline result<fencepost_batch_header> check_produce(std::int16_t version, bytes records,
                                                    refusal *why = nullptr) noexcept {
  return detail::written<fencepost_batch_header>([&](fencepost_batch_header *to) {
    return fencepost_check_produce(version, records.data(), records.size(), to, detail::out(why));
  });
}

inline std::int16_t unverified_answer(std::int16_t coordinator_code, std::int16_t produce_version) noexcept {
  return fencepost_unverified_answer(coordinator_code, produce_version);
}

// The file of a segment that says which transactions were aborted.
namespace txn_index {
// How many were found, and whether the search ends here; otherwise it goes on in the next segment's file.
struct collected {
  std::size_t count;
  bool complete;
};

// An entry, behind one with that last offset.
inline result<void> write(const fencepost_aborted &aborted, std::optional<std::int64_t> last, buffer to,
                          refusal *why = nullptr) noexcept {
  return fencepost_txn_index_write(&aborted, last ? 1 : 0, last.value_or(0), to.data(), to.size(),
                                   detail::out(why));
}
inline result<void> check(bytes file, std::int64_t base_offset, refusal *why = nullptr) noexcept {
  return fencepost_txn_index_check(file.data(), file.size(), base_offset, detail::out(why));
}
inline result<collected> collect(bytes file, std::int64_t fetch_offset, std::int64_t upper_bound,
                                 list<fencepost_aborted> aborted, refusal *why = nullptr) noexcept {
  return detail::written<collected>([&](collected *to) {
    return fencepost_txn_index_collect(file.data(), file.size(), fetch_offset, upper_bound, aborted.data(),
                                       aborted.size(), &to->count, &to->complete, detail::out(why));
  });
}
// How many bytes stay.
inline result<std::size_t> truncate(bytes file, std::int64_t offset, refusal *why = nullptr) noexcept {
  return detail::written<std::size_t>([&](std::size_t *len) {
    return fencepost_txn_index_truncate(file.data(), file.size(), offset, len, detail::out(why));
  });
}
}  // namespace txn_index

inline result<void> stamp(buffer batch, const fencepost_stamp &with, refusal *why = nullptr) noexcept {
  return fencepost_batch_stamp(batch.data(), batch.size(), &with, detail::out(why));
}

inline result<void> restamp(buffer batch, const fencepost_stamp &with, refusal *why = nullptr) noexcept {
  return fencepost_batch_restamp(batch.data(), batch.size(), &with, detail::out(why));
}

inline result<std::size_t> write_marker(const marker &of, buffer to, refusal *why = nullptr) noexcept {
  return detail::written<std::size_t>([&](std::size_t *len) {
    return fencepost_marker_write(&of, to.data(), to.size(), len, detail::out(why));
  });
}

namespace detail {
struct builder_api {
  using raw = fencepost_builder;
  static fencepost_status fini(raw *of) noexcept { return fencepost_builder_fini(of); }
#if defined(FENCEPOST_HEAP)
  static void free(raw *of) noexcept { fencepost_builder_free(of); }
#endif
};
}  // namespace detail

// Writes a batch into a buffer of the caller.
class builder : public detail::handle<detail::builder_api> {
 public:
  static result<std::size_t> size_of() noexcept {
    return detail::written<std::size_t>([](std::size_t *size) { return fencepost_builder_size(size); });
  }
#if defined(FENCEPOST_HEAP)
  static result<builder> make() noexcept {
    raw *made = nullptr;
    const fencepost_status status = fencepost_builder_new(&made);
    if (status != FENCEPOST_OK) return status;
    return builder(made, false);
  }
#endif
  static result<builder> make_in(void *memory, std::size_t size) noexcept {
    raw *made = nullptr;
    const fencepost_status status = fencepost_builder_init(memory, size, &made);
    if (status != FENCEPOST_OK) return status;
    return builder(made, true);
  }

  result<void> begin(buffer into, const batch_options &how = {}, refusal *why = nullptr) noexcept {
    return fencepost_builder_begin(get(), into.data(), into.size(), &how, detail::out(why));
  }
  result<void> push(const record &what, refusal *why = nullptr) noexcept {
    return fencepost_builder_push(get(), &what, detail::out(why));
  }
  // How many bytes the batch has so far, and how many records.
  result<std::pair<std::size_t, std::int32_t>> len() const noexcept {
    return detail::written<std::pair<std::size_t, std::int32_t>>([&](std::pair<std::size_t, std::int32_t> *to) {
      return fencepost_builder_len(get(), &to->first, &to->second);
    });
  }
  // How many bytes it would grow by.
  result<std::size_t> record_len(const record &what) const noexcept {
    return detail::written<std::size_t>(
        [&](std::size_t *to) { return fencepost_builder_record_len(get(), &what, to); });
  }
  // How many bytes the batch has.
  result<std::size_t> finish(refusal *why = nullptr) noexcept { return finish_with(nullptr, why); }
  result<std::size_t> finish(const fencepost_stamp &with, refusal *why = nullptr) noexcept {
    return finish_with(&with, why);
  }

 private:
  builder(raw *from, bool in_place) noexcept : handle(from, in_place) {}
  result<std::size_t> finish_with(const fencepost_stamp *with, refusal *why) noexcept {
    return detail::written<std::size_t>([&](std::size_t *len) {
      return fencepost_builder_finish(get(), with, len, detail::out(why));
    });
  }
};

// ------------------------------------------------------------------------------------------------------------- partition

namespace detail {
struct scratch_api {
  using raw = fencepost_scratch;
  static fencepost_status fini(raw *of) noexcept { return fencepost_scratch_fini(of); }
#if defined(FENCEPOST_HEAP)
  static void free(raw *of) noexcept { fencepost_scratch_free(of); }
#endif
};
}  // namespace detail

// Memory that an append of several batches needs while it is decided.
class scratch : public detail::handle<detail::scratch_api> {
 public:
  static result<std::size_t> size_of(const fencepost_scratch_config &config) noexcept {
    return detail::written<std::size_t>([&](std::size_t *size) { return fencepost_scratch_size(&config,
                                        size); });
  }
#if defined(FENCEPOST_HEAP)
  static result<scratch> make(const fencepost_scratch_config &config) noexcept {
    raw *made = nullptr;
    const fencepost_status status = fencepost_scratch_new(&config, &made);
    if (status != FENCEPOST_OK) return status;
    return scratch(made, false);
  }
#endif
  // The memory must outlive it and stay where it is.
  static result<scratch> make_in(void *memory, std::size_t size,
                                 const fencepost_scratch_config &config) noexcept {
    raw *made = nullptr;
    const fencepost_status status = fencepost_scratch_init(memory, size, &config, &made);
    if (status != FENCEPOST_OK) return status;
    return scratch(made, true);
  }

 private:
  scratch(raw *from, bool in_place) noexcept : handle(from, in_place) {}
};

namespace detail {
struct storage_api {
  using raw = fencepost_storage;
  static fencepost_status fini(raw *of) noexcept { return fencepost_storage_fini(of); }
#if defined(FENCEPOST_HEAP)
  static void free(raw *of) noexcept { fencepost_storage_free(of); }
#endif
};
}  // namespace detail

// Bigger memory for a partition (partition::grow), which it must outlive.
class storage : public detail::handle<detail::storage_api> {
 public:
  static result<std::size_t> size_of(const fencepost_storage_config &config) noexcept {
    return detail::written<std::size_t>([&](std::size_t *size) { return fencepost_storage_size(&config,
                                        size); });
  }
#if defined(FENCEPOST_HEAP)
  static result<storage> make(const fencepost_storage_config &config) noexcept {
    raw *made = nullptr;
    const fencepost_status status = fencepost_storage_new(&config, &made);
    if (status != FENCEPOST_OK) return status;
    return storage(made, false);
  }
#endif
  // The memory must outlive it and stay where it is.
  static result<storage> make_in(void *memory, std::size_t size,
                                 const fencepost_storage_config &config) noexcept {
    raw *made = nullptr;
    const fencepost_status status = fencepost_storage_init(memory, size, &config, &made);
    if (status != FENCEPOST_OK) return status;
    return storage(made, true);
  }

 private:
  storage(raw *from, bool in_place) noexcept : handle(from, in_place) {}
};

namespace detail {
struct partition_api {
  using raw = fencepost_partition;
  static fencepost_status fini(raw *of) noexcept { return fencepost_partition_fini(of); }
#if defined(FENCEPOST_HEAP)
  static void free(raw *of) noexcept { fencepost_partition_free(of); }
#endif
};
}  // namespace detail

// What a broker knows of the producers that write to one log.
class partition : public detail::handle<detail::partition_api> {
 public:
  static result<std::size_t> size_of(const partition_config &config) noexcept {
    return detail::written<std::size_t>(
        [&](std::size_t *size) { return fencepost_partition_size(&config, size); });
  }
#if defined(FENCEPOST_HEAP)
  static result<partition> make(const partition_config &config) noexcept {
    raw *made = nullptr;
    const fencepost_status status = fencepost_partition_new(&config, &made);
    if (status != FENCEPOST_OK) return status;
    return partition(made, false);
  }
#endif
  // The memory must outlive the partition and stay where it is.
  static result<partition> make_in(void *memory, std::size_t size, const partition_config &config) noexcept {
    raw *made = nullptr;
    const fencepost_status status = fencepost_partition_init(memory, size, &config, &made);
    if (status != FENCEPOST_OK) return status;
    return partition(made, true);
  }

  // Asks for the memory of a dozen or two producers whose batches are admitted next.
  result<void> prefetch(view<std::int64_t> producer_ids) const noexcept {
    return fencepost_partition_prefetch(get(), producer_ids.data(), producer_ids.size());
  }
  result<fencepost_admission> admit(const fencepost_batch &batch, const context &how,
                                    refusal *why = nullptr) const noexcept {
    return detail::written<fencepost_admission>([&](fencepost_admission *to) {
      return fencepost_partition_admit(get(), &batch, &how, to, detail::out(why));
    });
  }
  // The transaction that the batch ended; its producer_id is -1 if it ended none.
  result<fencepost_completed> record(const fencepost_ticket &ticket, std::int64_t base_offset) noexcept {
    return detail::written<fencepost_completed>([&](fencepost_completed *to) {
      return fencepost_partition_record(get(), &ticket, base_offset, to);
    });
  }
  // The guard of the write, 0 if none is needed.
  result<std::uint64_t> start_verification(const verification &wanted, std::int64_t now_ms,
                                           refusal *why = nullptr) noexcept {
    return detail::written<std::uint64_t>([&](std::uint64_t *guard) {
      return fencepost_partition_start_verification(get(), &wanted, now_ms, guard, detail::out(why));
    });
  }

  result<fencepost_swept> expire(std::int64_t now_ms, std::uint32_t most) noexcept {
    return detail::written<fencepost_swept>(
        [&](fencepost_swept *to) { return fencepost_partition_expire(get(), now_ms, most, to); });
  }
  result<void> handle_high_watermark(std::int64_t offset) noexcept {
    return fencepost_partition_handle_high_watermark(get(), offset);
  }
  result<void> handle_log_start(std::int64_t offset, std::int64_t latest_snapshot = -1) noexcept {
    return fencepost_partition_handle_log_start(get(), offset, latest_snapshot);
  }
  result<void> truncate_fully(std::int64_t start_at) noexcept {
    return fencepost_partition_truncate_fully(get(), start_at);
  }
  result<void> set_map_end_offset(std::int64_t offset) noexcept {
    return fencepost_partition_set_map_end_offset(get(), offset);
  }

  result<fencepost_partition_info> look() const noexcept {
    return detail::written<fencepost_partition_info>(
        [&](fencepost_partition_info *to) { return fencepost_partition_look(get(), to); });
  }
  // Nothing if the producer is not known.
  result<std::optional<fencepost_producer_description>> describe(std::int64_t producer_id) const noexcept {
    return detail::found<fencepost_producer_description>([&](fencepost_producer_description *to) {
      return fencepost_partition_describe(get(), producer_id, to);
    });
  }
  result<std::int64_t> last_stable_offset(std::int64_t log_start, std::int64_t high_watermark) const noexcept {
    return detail::written<std::int64_t>([&](std::int64_t *to) {
      return fencepost_partition_last_stable_offset(get(), log_start, high_watermark, to);
    });
  }

  result<std::size_t> snapshot_len(fencepost_snapshot_format format) const noexcept {
    return detail::written<std::size_t>(
        [&](std::size_t *len) { return fencepost_partition_snapshot_len(get(), format, len); });
  }
  result<std::size_t> snapshot(fencepost_snapshot_format format, buffer to) const noexcept {
    return detail::written<std::size_t>([&](std::size_t *len) {
      return fencepost_partition_snapshot(get(), format, to.data(), to.size(), len);
    });
  }
  result<void> snapshot_taken(std::int64_t offset) noexcept {
    return fencepost_partition_snapshot_taken(get(), offset);
  }
  // How many producers were taken.
  result<std::uint32_t> restore(fencepost_snapshot_format format, bytes from, std::int64_t offset,
                                std::int64_t now_ms, refusal *why = nullptr) noexcept {
    return detail::written<std::uint32_t>([&](std::uint32_t *loaded) {
      return fencepost_partition_restore(get(), format, from.data(), from.size(), offset, now_ms, loaded,
                                         detail::out(why));
    });
  }
  result<void> restore_nothing(std::int64_t log_start) noexcept {
    return fencepost_partition_restore_nothing(get(), log_start);
  }

  result<std::size_t> producers(std::size_t from,
                                list<fencepost_producer_description> descriptions) const noexcept {
    return detail::written<std::size_t>([&](std::size_t *to) {
      return fencepost_partition_producers(get(), from, descriptions.data(), descriptions.size(), to);
    });
  }
  result<std::size_t> transactions(std::uint32_t unreplicated, std::size_t from,
                                   list<fencepost_transaction_range> ranges) const noexcept {
    return detail::written<std::size_t>([&](std::size_t *to) {
      return fencepost_partition_transactions(get(), unreplicated, from, ranges.data(), ranges.size(), to);
    });
  }
  result<bool> has_late_transaction(std::int64_t now_ms) const noexcept {
    return detail::written<bool>([&](bool *to) {
      return fencepost_partition_has_late_transaction(get(), now_ms, to);
    });
  }
  result<bool> has_open_transaction(std::int64_t producer_id, std::int16_t producer_epoch) const noexcept {
    return detail::written<bool>([&](bool *to) {
      return fencepost_partition_has_open_transaction(get(), producer_id, producer_epoch, to);
    });
  }
  result<std::optional<std::uint64_t>> guard_of(std::int64_t producer_id) const noexcept {
    return detail::found<std::uint64_t>([&](std::uint64_t *to) {
      return fencepost_partition_verification(get(), producer_id, to);
    });
  }
  result<bool> must_keep(const fencepost_batch_header &header) const noexcept {
    return detail::written<bool>([&](bool *to) { return fencepost_partition_must_keep(get(), &header, to); });
  }
  result<bool> needs_reload(std::int64_t log_end) const noexcept {
    return detail::written<bool>([&](bool *to) {
      return fencepost_partition_needs_reload(get(), log_end, to);
    });
  }
  result<void> set_verification(std::uint32_t enabled) noexcept {
    return fencepost_partition_set_verification(get(), enabled);
  }
  result<void> set_expiration_ms(std::uint32_t millis) noexcept {
    return fencepost_partition_set_expiration_ms(get(), millis);
  }
  result<void> may_append(scratch &room, view<fencepost_batch> batches, const context &how,
                          refusal *why = nullptr) noexcept {
    return fencepost_partition_may_append(get(), room.get(), batches.data(), batches.size(), &how,
                                          detail::out(why));
  }
  result<std::size_t> append(scratch &room, view<fencepost_batch> batches, const context &how,
                             list<fencepost_completed> completed, refusal *why = nullptr) noexcept {
    return detail::written<std::size_t>([&](std::size_t *to) {
      return fencepost_partition_append(get(), room.get(), batches.data(), batches.size(), &how,
                                        completed.data(), completed.size(), to, detail::out(why));
    });
  }
  result<bool> was_empty(std::int64_t last_offset) const noexcept {
    return detail::written<bool>([&](bool *to) {
      return fencepost_rebuild_was_empty(get(), last_offset, to);
    });
  }
  result<fencepost_pipelined> pipeline_admit(const fencepost_batch &batch, const context &how,
                                             refusal *why = nullptr) const noexcept {
    return detail::written<fencepost_pipelined>([&](fencepost_pipelined *to) {
      return fencepost_pipeline_admit(get(), &batch, &how, to, detail::out(why));
    });
  }
  result<fencepost_pipelined> pipeline_begin(const fencepost_batch &batch, const context &how,
                                             refusal *why = nullptr) noexcept {
    return detail::written<fencepost_pipelined>([&](fencepost_pipelined *to) {
      return fencepost_pipeline_begin(get(), &batch, &how, to, detail::out(why));
    });
  }
  result<fencepost_completed> pipeline_record(std::uint64_t ticket, std::int64_t base_offset,
                                              refusal *why = nullptr) noexcept {
    return detail::written<fencepost_completed>([&](fencepost_completed *to) {
      return fencepost_pipeline_record(get(), ticket, base_offset, to, detail::out(why));
    });
  }
  result<std::size_t> pipeline_abandon(std::uint64_t ticket, list<std::uint64_t> tickets) noexcept {
    return detail::written<std::size_t>([&](std::size_t *to) {
      return fencepost_pipeline_abandon(get(), ticket, tickets.data(), tickets.size(), to);
    });
  }
  result<std::size_t> pipeline_abandon_from(std::uint64_t ticket, list<std::uint64_t> tickets) noexcept {
    return detail::written<std::size_t>([&](std::size_t *to) {
      return fencepost_pipeline_abandon_from(get(), ticket, tickets.data(), tickets.size(), to);
    });
  }
  result<std::size_t> pipeline_abandon_all(list<std::uint64_t> tickets) noexcept {
    return detail::written<std::size_t>([&](std::size_t *to) {
      return fencepost_pipeline_abandon_all(get(), tickets.data(), tickets.size(), to);
    });
  }
  result<void> pipeline_mark_unknown(std::uint64_t ticket) noexcept {
    return fencepost_pipeline_mark_unknown(get(), ticket);
  }
  result<std::size_t> pipeline_undecided(std::size_t from,
                                         list<fencepost_undecided> undecided) const noexcept {
    return detail::written<std::size_t>([&](std::size_t *to) {
      return fencepost_pipeline_undecided(get(), from, undecided.data(), undecided.size(), to);
    });
  }
  result<void> grow(storage &bigger) noexcept {
    return fencepost_partition_grow(get(), bigger.get());
  }
  result<std::pair<fencepost_storage *, bool>> grow_step(std::uint32_t most) noexcept {
    return detail::written<std::pair<fencepost_storage *, bool>>(
        [&](std::pair<fencepost_storage *, bool> *to) {
          return fencepost_partition_grow_step(get(), most, &to->first, &to->second);
        });
  }

 private:
  partition(raw *from, bool in_place) noexcept : handle(from, in_place) {}
};

// -------------------------------------------------------------------------------------------------------------- producer

namespace detail {
struct producer_api {
  using raw = fencepost_producer;
  static fencepost_status fini(raw *of) noexcept { return fencepost_producer_fini(of); }
#if defined(FENCEPOST_HEAP)
  static void free(raw *of) noexcept { fencepost_producer_free(of); }
#endif
};
}  // namespace detail

// What became of a batch, and the sentence that says so.
struct ended : fencepost_ended {
  std::array<char, 256> sentence{};
};

// A client's numbers, and what follows from each answer.
class producer : public detail::handle<detail::producer_api> {
 public:
  static result<std::size_t> size_of(const producer_settings &settings) noexcept {
    return detail::written<std::size_t>(
        [&](std::size_t *size) { return fencepost_producer_size(&settings, size); });
  }
#if defined(FENCEPOST_HEAP)
  static result<producer> make(const producer_settings &settings) noexcept {
    raw *made = nullptr;
    const fencepost_status status = fencepost_producer_new(&settings, &made);
    if (status != FENCEPOST_OK) return status;
    return producer(made, false);
  }
#endif
  // The memory must outlive the producer and stay where it is.
  static result<producer> make_in(void *memory, std::size_t size, const producer_settings &settings) noexcept {
    raw *made = nullptr;
    const fencepost_status status = fencepost_producer_init(memory, size, &settings, &made);
    if (status != FENCEPOST_OK) return status;
    return producer(made, true);
  }

  result<bool> poll_identity() const noexcept {
    return detail::written<bool>([&](bool *to) { return fencepost_producer_poll_identity(get(), to); });
  }
  result<void> handle_identity(std::int64_t id, std::int16_t epoch, refusal *why = nullptr) noexcept {
    return fencepost_producer_handle_identity(get(), id, epoch, detail::out(why));
  }
  result<fencepost_next> poll(std::uint32_t partition, std::int64_t now_ms) const noexcept {
    return detail::written<fencepost_next>([&](fencepost_next *to) {
      return fencepost_producer_poll(get(), partition, now_ms, to);
    });
  }
  // Nothing if no partition has something to do.
  result<std::optional<fencepost_next>> poll_any(std::uint32_t after, std::int64_t now_ms) const noexcept {
    return detail::found<fencepost_next>([&](fencepost_next *to) {
      return fencepost_producer_poll_any(get(), after, now_ms, to);
    });
  }
  // Nothing if never.
  result<std::optional<std::int64_t>> poll_timeout(std::uint32_t partition) const noexcept {
    return detail::found<std::int64_t>([&](std::int64_t *to) {
      return fencepost_producer_poll_timeout(get(), partition, to);
    });
  }

  result<void> may_assign(std::uint32_t partition, const new_batch &batch, std::int64_t now_ms,
                          refusal *why = nullptr) const noexcept {
    return fencepost_producer_may_assign(get(), partition, &batch, now_ms, detail::out(why));
  }
  result<fencepost_attempt> assign(std::uint32_t partition, const new_batch &batch, std::int64_t now_ms,
                                   refusal *why = nullptr) noexcept {
    return detail::written<fencepost_attempt>([&](fencepost_attempt *to) {
      return fencepost_producer_assign(get(), partition, &batch, now_ms, to, detail::out(why));
    });
  }
  result<fencepost_attempt> resend(std::uint32_t partition, std::int64_t now_ms,
                                   refusal *why = nullptr) noexcept {
    return detail::written<fencepost_attempt>([&](fencepost_attempt *to) {
      return fencepost_producer_resend(get(), partition, now_ms, to, detail::out(why));
    });
  }
  result<std::uint64_t> split(std::uint32_t partition, std::uint64_t batch, std::int32_t first_records,
                              refusal *why = nullptr) noexcept {
    return detail::written<std::uint64_t>([&](std::uint64_t *second) {
      return fencepost_producer_split(get(), partition, batch, first_records, second, detail::out(why));
    });
  }
  result<void> give_up(std::uint32_t partition, std::uint64_t batch, std::int64_t now_ms,
                       refusal *why = nullptr) noexcept {
    return fencepost_producer_give_up(get(), partition, batch, now_ms, detail::out(why));
  }
  result<void> handle_response(const fencepost_attempt &attempt, const answer &came, std::int64_t now_ms,
                               refusal *why = nullptr) noexcept {
    return fencepost_producer_handle_response(get(), &attempt, &came, now_ms, detail::out(why));
  }
  result<void> ask(std::uint32_t partition, refusal *why = nullptr) noexcept {
    return fencepost_producer_describe(get(), partition, detail::out(why));
  }
  result<void> handle_described(std::uint32_t partition, const described &came, std::int64_t now_ms,
                                refusal *why = nullptr) noexcept {
    return fencepost_producer_handle_described(get(), partition, &came, now_ms, detail::out(why));
  }
  result<void> handle_timeout(std::uint32_t partition, std::int64_t now_ms) noexcept {
    return fencepost_producer_handle_timeout(get(), partition, now_ms);
  }
  result<void> handle_disconnect(std::uint32_t partition, std::int64_t now_ms) noexcept {
    return fencepost_producer_handle_disconnect(get(), partition, now_ms);
  }
  result<void> handle_leader_change(std::uint32_t partition, std::int64_t now_ms) noexcept {
    return fencepost_producer_handle_leader_change(get(), partition, now_ms);
  }
  result<void> set_topic(std::uint32_t partition, fencepost_timestamp_type type,
                         std::int64_t first_use_offset = -1) noexcept {
    return fencepost_producer_set_topic(get(), partition, type, first_use_offset);
  }

  // Nothing if there is none now.
  result<std::optional<ended>> take_verdict(std::uint32_t partition) noexcept {
    return detail::found<ended>([&](ended *to) {
      return fencepost_producer_take_verdict(get(), partition, to, to->sentence.data(),
                                             to->sentence.size());
    });
  }
  result<std::optional<fencepost_notice>> take_notice(std::uint32_t partition) noexcept {
    return detail::found<fencepost_notice>([&](fencepost_notice *to) {
      return fencepost_producer_take_notice(get(), partition, to, nullptr, 0);
    });
  }
  result<fencepost_fatal> fatal() const noexcept {
    return detail::written<fencepost_fatal>(
        [&](fencepost_fatal *to) { return fencepost_producer_fatal(get(), to, nullptr, 0); });
  }

  result<std::optional<fencepost_identity>> identity() const noexcept {
    return detail::found<fencepost_identity>([&](fencepost_identity *to) {
      return fencepost_producer_identity(get(), to);
    });
  }
  result<std::pair<std::uint32_t, std::int64_t>> undecided(std::uint32_t partition) const noexcept {
    return detail::written<std::pair<std::uint32_t, std::int64_t>>(
        [&](std::pair<std::uint32_t, std::int64_t> *to) {
          return fencepost_producer_undecided(get(), partition, &to->first, &to->second);
        });
  }
  result<void> handle_fatal(std::uint32_t cause, std::int16_t kafka_code, std::int64_t now_ms) noexcept {
    return fencepost_producer_handle_fatal(get(), cause, kafka_code, now_ms);
  }
  result<std::optional<fencepost_kept_partition>> keep(std::uint32_t partition) const noexcept {
    return detail::found<fencepost_kept_partition>([&](fencepost_kept_partition *to) {
      return fencepost_producer_keep(get(), partition, to);
    });
  }
  result<void> restore(std::uint32_t partition, const fencepost_kept_partition &kept,
                       refusal *why = nullptr) noexcept {
    return fencepost_producer_restore(get(), partition, &kept, detail::out(why));
  }
  result<std::uint64_t> restore_batch(std::uint32_t partition, const fencepost_kept_batch &kept,
                                      std::int64_t now_ms, refusal *why = nullptr) noexcept {
    return detail::written<std::uint64_t>([&](std::uint64_t *to) {
      return fencepost_producer_restore_batch(get(), partition, &kept, now_ms, to, detail::out(why));
    });
  }
  result<void> bump(std::uint32_t partition, std::int64_t now_ms, refusal *why = nullptr) noexcept {
    return fencepost_producer_bump(get(), partition, now_ms, detail::out(why));
  }
  result<std::size_t> batches(std::uint32_t partition, std::size_t from,
                              list<fencepost_standing_batch> batches) const noexcept {
    return detail::written<std::size_t>([&](std::size_t *to) {
      return fencepost_producer_batches(get(), partition, from, batches.data(), batches.size(), to);
    });
  }

 protected:
  producer(raw *from, bool in_place) noexcept : handle(from, in_place) {}
};

// --------------------------------------------------------------------------------------------------------------- journal

// Where in its source a batch ends, at most 32 bytes; more are refused where it is used.
struct cursor : fencepost_cursor {
  cursor() noexcept : fencepost_cursor{} {}
  cursor(const fencepost_cursor &of) noexcept : fencepost_cursor(of) {}
  explicit cursor(fencepost::bytes of) noexcept : fencepost_cursor{} {
    len = of.size() > sizeof bytes ? static_cast<std::uint32_t>(sizeof bytes + 1) : static_cast<std::uint32_t>(of.size());
    for (std::size_t n = 0; n < of.size() && n < sizeof bytes; ++n) bytes[n] = of.data()[n];
  }
  // Its bytes; none for no cursor.
  std::string_view text() const noexcept { return {reinterpret_cast<const char *>(bytes), len}; }
};

// The cluster's id must live until the call that takes the options.
struct journal_options : detail::sized<fencepost_journal_options> {
  explicit journal_options(bytes cluster) noexcept {
    cluster_id = cluster.data();
    cluster_id_len = cluster.size();
  }
};

// What a journal keeps of a batch beside its numbers; what it views stays the caller's.
struct payload : detail::sized<fencepost_payload> {
  explicit payload(fencepost::bytes of, const fencepost::cursor &ends_at = {}) noexcept {
    bytes = of.data();
    bytes_len = of.size();
    cursor = ends_at;
  }
};

// A batch in two.
struct split_batch {
  std::uint64_t second;
  // Bytes of the buffer to append to the journal.
  std::size_t len;
};

// A producer that comes back as itself after a crash, by its journal: in a file (open), or in storage of the caller (begin
// where there is none; else recover, push, finish, hold). What is written goes to the file, or to the buffer that is given.
class journaled_producer : private producer {
 public:
  using producer::ask;
  using producer::batches;
  using producer::fatal;
  using producer::get;
  using producer::give_up;
  using producer::handle_described;
  using producer::handle_disconnect;
  using producer::handle_fatal;
  using producer::handle_identity;
  using producer::handle_leader_change;
  using producer::handle_response;
  using producer::handle_timeout;
  using producer::identity;
  using producer::keep;
  using producer::may_assign;
  using producer::poll;
  using producer::poll_any;
  using producer::poll_identity;
  using producer::poll_timeout;
  using producer::raw;
  using producer::set_topic;
  using producer::take_notice;
  using producer::take_verdict;
  using producer::undecided;

  static result<std::size_t> size_of(producer_settings settings) noexcept {
    settings.journaled = 1;
    return producer::size_of(settings);
  }
#if defined(FENCEPOST_HEAP)
  static result<journaled_producer> make(producer_settings settings) noexcept {
    raw *made = nullptr;
    settings.journaled = 1;
    const fencepost_status status = fencepost_producer_new(&settings, &made);
    if (status != FENCEPOST_OK) return status;
    return journaled_producer(made, false);
  }
#endif
  // The memory must outlive the producer and stay where it is.
  static result<journaled_producer> make_in(void *memory, std::size_t size, producer_settings settings) noexcept {
    raw *made = nullptr;
    settings.journaled = 1;
    const fencepost_status status = fencepost_producer_init(memory, size, &settings, &made);
    if (status != FENCEPOST_OK) return status;
    return journaled_producer(made, true);
  }

  // What a buffer for the records of one call needs beside a batch's own bytes.
  static std::size_t overhead() noexcept { return fencepost_journal_overhead(); }

  // In storage of the caller.
  result<void> begin(const journal_options &how) noexcept { return fencepost_journal_begin(get(), &how); }
  result<void> recover(const journal_options &how) noexcept { return fencepost_journal_recover(get(), &how); }
  result<std::uint64_t> offset() const noexcept {
    return detail::written<std::uint64_t>([&](std::uint64_t *to) { return fencepost_journal_offset(get(), to); });
  }
  // How many bytes the next window must have; 0 at the end.
  result<std::size_t> push(bytes window, bool last, refusal *why = nullptr) noexcept {
    return detail::written<std::size_t>([&](std::size_t *wanted) {
      return fencepost_journal_push(get(), window.data(), window.size(), last ? 1 : 0, wanted, detail::out(why));
    });
  }
  result<fencepost_journal_summary> finish(refusal *why = nullptr) noexcept {
    return detail::written<fencepost_journal_summary>([&](fencepost_journal_summary *to) {
      return fencepost_journal_finish(get(), to, detail::out(why));
    });
  }
  result<void> hold(const fencepost_place &place = {}) noexcept { return fencepost_journal_hold(get(), &place); }
  // Which of two places counts, 0 or 1: of each the status of its reading, and its turn.
  static result<std::uint32_t> newer(fencepost_status first, std::uint64_t first_turn, fencepost_status second,
                                     std::uint64_t second_turn) noexcept {
    return detail::written<std::uint32_t>([&](std::uint32_t *which) {
      return fencepost_journal_newer(static_cast<std::uint32_t>(first), first_turn, static_cast<std::uint32_t>(second),
                                     second_turn, which);
    });
  }
  result<void> synced() noexcept { return fencepost_journal_synced(get()); }
  result<void> lost(std::int64_t now_ms) noexcept { return fencepost_journal_lost(get(), now_ms); }

#if defined(FENCEPOST_HEAP)
  // In a file.
  result<fencepost_journal_summary> open(std::string_view path, const journal_options &how,
                                         refusal *why = nullptr) noexcept {
    return detail::written<fencepost_journal_summary>([&](fencepost_journal_summary *to) {
      return fencepost_journal_open(get(), path.data(), path.size(), &how, to, detail::out(why));
    });
  }
  result<void> commit(std::int64_t now_ms, refusal *why = nullptr) noexcept {
    return fencepost_journal_commit(get(), now_ms, detail::out(why));
  }
  // Nothing if there is none now.
  result<std::optional<ended>> take_verdict(std::uint32_t partition, std::int64_t now_ms,
                                            refusal *why = nullptr) noexcept {
    return detail::found<ended>([&](ended *to) {
      return fencepost_journal_take_verdict(get(), partition, now_ms, to, to->sentence.data(), to->sentence.size(),
                                            detail::out(why));
    });
  }
  result<std::size_t> read(std::uint32_t partition, std::uint64_t batch, buffer into, refusal *why = nullptr) noexcept {
    return detail::written<std::size_t>([&](std::size_t *len) {
      return fencepost_journal_read(get(), partition, batch, into.data(), into.size(), len, detail::out(why));
    });
  }
#endif

  result<fencepost_bound> bind(std::uint32_t partition, const fencepost_topic_partition &of, std::int64_t now_ms,
                               refusal *why = nullptr) noexcept {
    return detail::written<fencepost_bound>([&](fencepost_bound *to) {
      return fencepost_journal_bind(get(), partition, &of, now_ms, to, detail::out(why));
    });
  }

  result<fencepost_permit> assign(std::uint32_t partition, const new_batch &batch, const payload &what,
                                  std::int64_t now_ms, refusal *why = nullptr) noexcept {
    return assign(partition, batch, what, now_ms, in_file(), why);
  }
  result<fencepost_permit> assign(std::uint32_t partition, const new_batch &batch, const payload &what,
                                  std::int64_t now_ms, buffer to, refusal *why = nullptr) noexcept {
    return detail::written<fencepost_permit>([&](fencepost_permit *permit) {
      return fencepost_journal_assign(get(), partition, &batch, &what, now_ms, to.data(), to.size(), permit,
                                      detail::out(why));
    });
  }
  result<fencepost_permit> resend(std::uint32_t partition, std::int64_t now_ms, refusal *why = nullptr) noexcept {
    return resend(partition, now_ms, in_file(), why);
  }
  result<fencepost_permit> resend(std::uint32_t partition, std::int64_t now_ms, buffer to,
                                  refusal *why = nullptr) noexcept {
    return detail::written<fencepost_permit>([&](fencepost_permit *permit) {
      return fencepost_journal_resend(get(), partition, now_ms, to.data(), to.size(), permit, detail::out(why));
    });
  }
  result<split_batch> split(std::uint32_t partition, std::uint64_t batch, std::int32_t first_records,
                            const payload &first, bytes second, std::int64_t now_ms, refusal *why = nullptr) noexcept {
    return split(partition, batch, first_records, first, second, now_ms, in_file(), why);
  }
  result<split_batch> split(std::uint32_t partition, std::uint64_t batch, std::int32_t first_records,
                            const payload &first, bytes second, std::int64_t now_ms, buffer to,
                            refusal *why = nullptr) noexcept {
    return detail::written<split_batch>([&](split_batch *parts) {
      return fencepost_journal_split(get(), partition, batch, first_records, &first, second.data(), second.size(), now_ms,
                                     to.data(), to.size(), &parts->second, &parts->len, detail::out(why));
    });
  }
  // Bytes of the buffer to append to the journal.
  result<std::size_t> trim(std::uint32_t partition, refusal *why = nullptr) noexcept {
    return trim(partition, in_file(), why);
  }
  result<std::size_t> trim(std::uint32_t partition, buffer to, refusal *why = nullptr) noexcept {
    return detail::written<std::size_t>([&](std::size_t *len) {
      return fencepost_journal_trim(get(), partition, to.data(), to.size(), len, detail::out(why));
    });
  }
  result<bool> needs_trim(std::uint32_t partition) const noexcept {
    return detail::written<bool>([&](bool *to) { return fencepost_journal_needs_trim(get(), partition, to); });
  }
  result<fencepost_attempt> claim(const fencepost_permit &permit) noexcept {
    return detail::written<fencepost_attempt>(
        [&](fencepost_attempt *to) { return fencepost_journal_claim(get(), &permit, to); });
  }

  result<fencepost_journal_info> look() const noexcept {
    return detail::written<fencepost_journal_info>(
        [&](fencepost_journal_info *to) { return fencepost_journal_look(get(), to); });
  }
  // Batch n, oldest first; nothing behind the last one.
  result<std::optional<fencepost_journaled_batch>> undecided(std::uint32_t partition, std::uint32_t n) const noexcept {
    return detail::found<fencepost_journaled_batch>([&](fencepost_journaled_batch *to) {
      return fencepost_journal_undecided(get(), partition, n, to);
    });
  }
  // Batch n, newest last; nothing behind the last one.
  result<std::optional<fencepost_unwritten>> unwritten(std::uint32_t partition, std::uint32_t n) const noexcept {
    return detail::found<fencepost_unwritten>([&](fencepost_unwritten *to) {
      return fencepost_journal_unwritten(get(), partition, n, to);
    });
  }
  // Up to where the source is written.
  result<cursor> written_up_to(std::uint32_t partition) const noexcept {
    return detail::written<cursor>(
        [&](fencepost_cursor *to) { return fencepost_journal_cursor(get(), partition, to); });
  }

  result<void> compact(refusal *why = nullptr) noexcept {
    return fencepost_journal_compact(get(), detail::out(why));
  }
  // Nothing if it is complete.
  result<std::optional<fencepost_piece>> next_piece() const noexcept {
    return detail::found<fencepost_piece>(
        [&](fencepost_piece *to) { return fencepost_journal_next_piece(get(), to); });
  }
  // Bytes of the buffer to append to the new journal.
  result<std::size_t> rewrite(bytes batch, buffer to, refusal *why = nullptr) noexcept {
    return detail::written<std::size_t>([&](std::size_t *len) {
      return fencepost_journal_rewrite(get(), batch.data(), batch.size(), to.data(), to.size(), len, detail::out(why));
    });
  }
  result<void> replaced(refusal *why = nullptr) noexcept {
    return fencepost_journal_replaced(get(), detail::out(why));
  }
  result<void> keep_old() noexcept { return fencepost_journal_keep_old(get()); }

 private:
  journaled_producer(raw *from, bool in_place) noexcept : producer(from, in_place) {}
  static buffer in_file() noexcept { return {nullptr, 0}; }
};

namespace detail {
struct journal_reader_api {
  using raw = fencepost_journal_reader;
  static fencepost_status fini(raw *of) noexcept { return fencepost_journal_reader_fini(of); }
#if defined(FENCEPOST_HEAP)
  static void free(raw *of) noexcept { fencepost_journal_reader_free(of); }
#endif
};
}  // namespace detail

// The records of a journal one by one, for a tool that shows or checks it.
class journal_reader : public detail::handle<detail::journal_reader_api> {
 public:
  static result<std::size_t> size_of() noexcept {
    return detail::written<std::size_t>([](std::size_t *size) { return fencepost_journal_reader_size(size); });
  }
#if defined(FENCEPOST_HEAP)
  static result<journal_reader> make(std::uint32_t max_body = 0) noexcept {
    raw *made = nullptr;
    const fencepost_status status = fencepost_journal_reader_new(max_body, &made);
    if (status != FENCEPOST_OK) return status;
    return journal_reader(made, false);
  }
#endif
  // The memory must outlive it and stay where it is.
  static result<journal_reader> make_in(void *memory, std::size_t size, std::uint32_t max_body = 0) noexcept {
    raw *made = nullptr;
    const fencepost_status status = fencepost_journal_reader_init(memory, size, max_body, &made);
    if (status != FENCEPOST_OK) return status;
    return journal_reader(made, true);
  }

  // What the window begins with; the pointers of it point into the window.
  result<fencepost_journal_item> read(bytes window, bool last, list<fencepost_journal_verdict> verdicts = {},
                                      refusal *why = nullptr) noexcept {
    return detail::written<fencepost_journal_item>([&](fencepost_journal_item *to) {
      return fencepost_journal_reader_read(get(), window.data(), window.size(), last ? 1 : 0, to,
                                           verdicts.data(), verdicts.size(), detail::out(why));
    });
  }

 private:
  journal_reader(raw *from, bool in_place) noexcept : handle(from, in_place) {}
};

// ----------------------------------------------------------------------------------------------------------------- audit

namespace detail {
struct audit_api {
  using raw = fencepost_audit;
  static fencepost_status fini(raw *of) noexcept { return fencepost_audit_fini(of); }
#if defined(FENCEPOST_HEAP)
  static void free(raw *of) noexcept { fencepost_audit_free(of); }
#endif
};
}  // namespace detail

// What is wrong with a log, as its batches come.
class audit : public detail::handle<detail::audit_api> {
 public:
  static result<std::size_t> size_of(const fencepost_audit_config &config) noexcept {
    return detail::written<std::size_t>([&](std::size_t *size) { return fencepost_audit_size(&config,
                                        size); });
  }
#if defined(FENCEPOST_HEAP)
  static result<audit> make(const fencepost_audit_config &config) noexcept {
    raw *made = nullptr;
    const fencepost_status status = fencepost_audit_new(&config, &made);
    if (status != FENCEPOST_OK) return status;
    return audit(made, false);
  }
#endif
  // The memory must outlive it and stay where it is.
  static result<audit> make_in(void *memory, std::size_t size,
                               const fencepost_audit_config &config) noexcept {
    raw *made = nullptr;
    const fencepost_status status = fencepost_audit_init(memory, size, &config, &made);
    if (status != FENCEPOST_OK) return status;
    return audit(made, true);
  }

  result<std::pair<std::size_t, fencepost_completed>> observe(const fencepost_batch &batch,
                                                              list<fencepost_finding> findings,
                                                              refusal *why = nullptr) noexcept {
    return detail::written<std::pair<std::size_t, fencepost_completed>>(
        [&](std::pair<std::size_t, fencepost_completed> *to) {
          return fencepost_audit_observe(get(), &batch, findings.data(), findings.size(), &to->first,
                                         &to->second, detail::out(why));
        });
  }
  result<std::size_t> left_open(std::size_t from, list<fencepost_finding> findings) const noexcept {
    return detail::written<std::size_t>([&](std::size_t *to) {
      return fencepost_audit_left_open(get(), from, findings.data(), findings.size(), to);
    });
  }
  result<std::optional<fencepost_producer_description>> describe(std::int64_t producer_id) const noexcept {
    return detail::found<fencepost_producer_description>([&](fencepost_producer_description *to) {
      return fencepost_audit_describe(get(), producer_id, to);
    });
  }

 private:
  audit(raw *from, bool in_place) noexcept : handle(from, in_place) {}
};

// ----------------------------------------------------------------------------------------------------------- coordinator

namespace detail {
struct block_allocator_api {
  using raw = fencepost_block_allocator;
  static fencepost_status fini(raw *of) noexcept { return fencepost_block_allocator_fini(of); }
#if defined(FENCEPOST_HEAP)
  static void free(raw *of) noexcept { fencepost_block_allocator_free(of); }
#endif
};
}  // namespace detail

// The controller's blocks of producer ids.
class block_allocator : public detail::handle<detail::block_allocator_api> {
 public:
  static result<std::size_t> size_of() noexcept {
    return detail::written<std::size_t>([&](std::size_t *size) { return fencepost_block_allocator_size(size); });
  }
#if defined(FENCEPOST_HEAP)
  static result<block_allocator> make() noexcept {
    raw *made = nullptr;
    const fencepost_status status = fencepost_block_allocator_new(&made);
    if (status != FENCEPOST_OK) return status;
    return block_allocator(made, false);
  }
#endif
  // The memory must outlive it and stay where it is.
  static result<block_allocator> make_in(void *memory, std::size_t size) noexcept {
    raw *made = nullptr;
    const fencepost_status status = fencepost_block_allocator_init(memory, size, &made);
    if (status != FENCEPOST_OK) return status;
    return block_allocator(made, true);
  }

  result<std::pair<fencepost_id_block, std::int64_t>> allocate(std::int32_t broker_id,
                                                               std::int64_t broker_epoch,
                                                               std::uint32_t has_registered,
                                                               std::int64_t registered_epoch,
                                                               refusal *why = nullptr) const noexcept {
    return detail::written<std::pair<fencepost_id_block, std::int64_t>>(
        [&](std::pair<fencepost_id_block, std::int64_t> *to) {
          return fencepost_block_allocator_allocate(get(), broker_id, broker_epoch, has_registered,
                                                    registered_epoch, &to->first, &to->second,
                                                    detail::out(why));
        });
  }
  result<void> replay(std::int32_t broker_id, std::int64_t broker_epoch, std::int64_t next,
                      refusal *why = nullptr) noexcept {
    return fencepost_block_allocator_replay(get(), broker_id, broker_epoch, next, detail::out(why));
  }

 private:
  block_allocator(raw *from, bool in_place) noexcept : handle(from, in_place) {}
};

namespace detail {
struct id_generator_api {
  using raw = fencepost_id_generator;
  static fencepost_status fini(raw *of) noexcept { return fencepost_id_generator_fini(of); }
#if defined(FENCEPOST_HEAP)
  static void free(raw *of) noexcept { fencepost_id_generator_free(of); }
#endif
};
}  // namespace detail

// A coordinator's producer ids, block by block.
class id_generator : public detail::handle<detail::id_generator_api> {
 public:
  static result<std::size_t> size_of() noexcept {
    return detail::written<std::size_t>([&](std::size_t *size) { return fencepost_id_generator_size(size); });
  }
#if defined(FENCEPOST_HEAP)
  static result<id_generator> make() noexcept {
    raw *made = nullptr;
    const fencepost_status status = fencepost_id_generator_new(&made);
    if (status != FENCEPOST_OK) return status;
    return id_generator(made, false);
  }
#endif
  // The memory must outlive it and stay where it is.
  static result<id_generator> make_in(void *memory, std::size_t size) noexcept {
    raw *made = nullptr;
    const fencepost_status status = fencepost_id_generator_init(memory, size, &made);
    if (status != FENCEPOST_OK) return status;
    return id_generator(made, true);
  }

  result<std::int64_t> generate(std::int64_t now_ms, refusal *why = nullptr) noexcept {
    return detail::written<std::int64_t>([&](std::int64_t *to) {
      return fencepost_id_generator_generate(get(), now_ms, to, detail::out(why));
    });
  }
  result<bool> poll_request() const noexcept {
    return detail::written<bool>([&](bool *to) { return fencepost_id_generator_poll_request(get(), to); });
  }
  result<void> handle_sent() noexcept {
    return fencepost_id_generator_handle_sent(get());
  }
  result<void> handle_block(std::int32_t broker_id, std::int64_t first, std::int32_t len,
                            std::int64_t now_ms, refusal *why = nullptr) noexcept {
    return fencepost_id_generator_handle_block(get(), broker_id, first, len, now_ms, detail::out(why));
  }
  result<void> handle_failure(std::uint32_t timed_out, std::int64_t now_ms) noexcept {
    return fencepost_id_generator_handle_failure(get(), timed_out, now_ms);
  }
  result<std::pair<fencepost_id_block, fencepost_id_block>> blocks() const noexcept {
    return detail::written<std::pair<fencepost_id_block, fencepost_id_block>>(
        [&](std::pair<fencepost_id_block, fencepost_id_block> *to) {
          return fencepost_id_generator_blocks(get(), &to->first, &to->second);
        });
  }

 private:
  id_generator(raw *from, bool in_place) noexcept : handle(from, in_place) {}
};

inline result<fencepost_identity> init_idempotent(id_generator &ids, std::int64_t producer_id,
                                                  std::int16_t producer_epoch, std::int64_t now_ms,
                                                  refusal *why = nullptr) noexcept {
  return detail::written<fencepost_identity>([&](fencepost_identity *to) {
    return fencepost_init_idempotent(ids.get(), producer_id, producer_epoch, now_ms, to, detail::out(why));
  });
}

namespace detail {
struct transaction_api {
  using raw = fencepost_transaction;
  static fencepost_status fini(raw *of) noexcept { return fencepost_transaction_fini(of); }
#if defined(FENCEPOST_HEAP)
  static void free(raw *of) noexcept { fencepost_transaction_free(of); }
#endif
};
}  // namespace detail

// The coordinator's state of one transactional id.
class transaction : public detail::handle<detail::transaction_api> {
 public:
  static result<std::size_t> size_of(const fencepost_transaction_config &config) noexcept {
    return detail::written<std::size_t>([&](std::size_t *size) { return fencepost_transaction_size(&config,
                                        size); });
  }
#if defined(FENCEPOST_HEAP)
  static result<transaction> make(const fencepost_transaction_config &config) noexcept {
    raw *made = nullptr;
    const fencepost_status status = fencepost_transaction_new(&config, &made);
    if (status != FENCEPOST_OK) return status;
    return transaction(made, false);
  }
#endif
  // The memory must outlive it and stay where it is.
  static result<transaction> make_in(void *memory, std::size_t size,
                                     const fencepost_transaction_config &config) noexcept {
    raw *made = nullptr;
    const fencepost_status status = fencepost_transaction_init(memory, size, &config, &made);
    if (status != FENCEPOST_OK) return status;
    return transaction(made, true);
  }

  result<void> load(const fencepost_transaction_record &record, std::int32_t coordinator_epoch) noexcept {
    return fencepost_transaction_load(get(), &record, coordinator_epoch);
  }
  result<fencepost_transaction_info> look() const noexcept {
    return detail::written<fencepost_transaction_info>([&](fencepost_transaction_info *to) {
      return fencepost_transaction_look(get(), to);
    });
  }
  result<fencepost_transition> init_producer_id(id_generator &ids, const fencepost_init_request &request,
                                                std::int64_t now_ms, refusal *why = nullptr) noexcept {
    return detail::written<fencepost_transition>([&](fencepost_transition *to) {
      return fencepost_transaction_init_producer_id(get(), ids.get(), &request, now_ms, to, detail::out(why));
    });
  }
  result<fencepost_transition> add_partitions(std::int64_t producer_id, std::int16_t producer_epoch,
                                              std::uint32_t version, std::uint32_t all_contained,
                                              std::int64_t now_ms, refusal *why = nullptr) noexcept {
    return detail::written<fencepost_transition>([&](fencepost_transition *to) {
      return fencepost_transaction_add_partitions(get(), producer_id, producer_epoch, version, all_contained,
                                                  now_ms, to, detail::out(why));
    });
  }
  result<void> verify_partition(std::int64_t producer_id, std::int16_t producer_epoch,
                                std::uint32_t contained, refusal *why = nullptr) const noexcept {
    return fencepost_transaction_verify_partition(get(), producer_id, producer_epoch, contained,
                                                  detail::out(why));
  }
  result<fencepost_transition> end(id_generator &ids, std::int64_t producer_id, std::int16_t producer_epoch,
                                   std::uint32_t verdict, std::uint32_t version, std::int64_t now_ms,
                                   refusal *why = nullptr) noexcept {
    return detail::written<fencepost_transition>([&](fencepost_transition *to) {
      return fencepost_transaction_end(get(), ids.get(), producer_id, producer_epoch, verdict, version,
                                       now_ms, to, detail::out(why));
    });
  }
  result<std::optional<fencepost_transition>> abort_if_timed_out(id_generator &ids,
                                                                 std::uint32_t server_version,
                                                                 std::int64_t now_ms,
                                                                 refusal *why = nullptr) noexcept {
    return detail::found<fencepost_transition>([&](fencepost_transition *to) {
      return fencepost_transaction_abort_if_timed_out(get(), ids.get(), server_version, now_ms, to,
                                                      detail::out(why));
    });
  }
  result<std::optional<fencepost_transition>> expire(std::int32_t expiration_ms, std::int64_t now_ms,
                                                     refusal *why = nullptr) noexcept {
    return detail::found<fencepost_transition>([&](fencepost_transition *to) {
      return fencepost_transaction_expire(get(), expiration_ms, now_ms, to, detail::out(why));
    });
  }
  result<std::optional<fencepost_applied>> resume(std::int64_t now_ms, refusal *why = nullptr) noexcept {
    return detail::found<fencepost_applied>([&](fencepost_applied *to) {
      return fencepost_transaction_resume(get(), now_ms, to, detail::out(why));
    });
  }
  result<fencepost_applied> appended(std::int64_t now_ms, refusal *why = nullptr) noexcept {
    return detail::written<fencepost_applied>([&](fencepost_applied *to) {
      return fencepost_transaction_appended(get(), now_ms, to, detail::out(why));
    });
  }
  result<fencepost_applied> append_failed(std::int16_t code, refusal *why = nullptr) noexcept {
    return detail::written<fencepost_applied>([&](fencepost_applied *to) {
      return fencepost_transaction_append_failed(get(), code, to, detail::out(why));
    });
  }
  result<std::optional<fencepost_transition>> markers_left(std::size_t partitions_left) noexcept {
    return detail::found<fencepost_transition>([&](fencepost_transition *to) {
      return fencepost_transaction_markers_left(get(), partitions_left, to);
    });
  }

 private:
  transaction(raw *from, bool in_place) noexcept : handle(from, in_place) {}
};

namespace detail {
struct transaction_manager_api {
  using raw = fencepost_transaction_manager;
  static fencepost_status fini(raw *of) noexcept { return fencepost_transaction_manager_fini(of); }
#if defined(FENCEPOST_HEAP)
  static void free(raw *of) noexcept { fencepost_transaction_manager_free(of); }
#endif
};
}  // namespace detail

// The client's dialogue of transactions with its coordinators.
class transaction_manager : public detail::handle<detail::transaction_manager_api> {
 public:
  static result<std::size_t> size_of(const fencepost_transaction_manager_config &config) noexcept {
    return detail::written<std::size_t>([&](std::size_t *size) { return fencepost_transaction_manager_size(&config, size); });
  }
#if defined(FENCEPOST_HEAP)
  static result<transaction_manager> make(const fencepost_transaction_manager_config &config) noexcept {
    raw *made = nullptr;
    const fencepost_status status = fencepost_transaction_manager_new(&config, &made);
    if (status != FENCEPOST_OK) return status;
    return transaction_manager(made, false);
  }
#endif
  // The memory must outlive it and stay where it is.
  static result<transaction_manager> make_in(void *memory, std::size_t size,
                                             const fencepost_transaction_manager_config &config) noexcept {
    raw *made = nullptr;
    const fencepost_status status = fencepost_transaction_manager_init(memory, size, &config, &made);
    if (status != FENCEPOST_OK) return status;
    return transaction_manager(made, true);
  }

  result<std::optional<fencepost_transaction_request>> poll_request(std::uint32_t incomplete_batches,
                                                                    std::int64_t now_ms) const noexcept {
    return detail::found<fencepost_transaction_request>([&](fencepost_transaction_request *to) {
      return fencepost_transaction_manager_poll_request(get(), incomplete_batches, now_ms, to);
    });
  }
  result<std::optional<std::int64_t>> poll_timeout(std::uint32_t incomplete_batches,
                                                   std::int64_t now_ms) const noexcept {
    return detail::found<std::int64_t>([&](std::int64_t *to) {
      return fencepost_transaction_manager_poll_timeout(get(), incomplete_batches, now_ms, to);
    });
  }
  result<void> mark_sent(const fencepost_transaction_request &request, std::int32_t correlation_id,
                         refusal *why = nullptr) noexcept {
    return fencepost_transaction_manager_mark_sent(get(), &request, correlation_id, detail::out(why));
  }
  result<std::size_t> partitions_to_add(std::size_t from, list<std::uint32_t> partitions) const noexcept {
    return detail::written<std::size_t>([&](std::size_t *to) {
      return fencepost_transaction_manager_partitions_to_add(get(), from, partitions.data(),
                                                             partitions.size(), to);
    });
  }
  result<void> init_transactions(refusal *why = nullptr) noexcept {
    return fencepost_transaction_manager_init_transactions(get(), detail::out(why));
  }
  result<void> begin(refusal *why = nullptr) noexcept {
    return fencepost_transaction_manager_begin(get(), detail::out(why));
  }
  result<void> add_partition(std::uint32_t partition, refusal *why = nullptr) noexcept {
    return fencepost_transaction_manager_add_partition(get(), partition, detail::out(why));
  }
  result<void> send_offsets(std::uint32_t group, refusal *why = nullptr) noexcept {
    return fencepost_transaction_manager_send_offsets(get(), group, detail::out(why));
  }
  result<void> commit(refusal *why = nullptr) noexcept {
    return fencepost_transaction_manager_commit(get(), detail::out(why));
  }
  result<void> abort(refusal *why = nullptr) noexcept {
    return fencepost_transaction_manager_abort(get(), detail::out(why));
  }
  result<void> fail(std::int16_t code) noexcept {
    return fencepost_transaction_manager_fail(get(), code);
  }
  result<std::optional<fencepost_transaction_result>> poll_result() const noexcept {
    return detail::found<fencepost_transaction_result>([&](fencepost_transaction_result *to) {
      return fencepost_transaction_manager_poll_result(get(), to);
    });
  }
  result<std::optional<fencepost_transaction_result>> acknowledge() noexcept {
    return detail::found<fencepost_transaction_result>([&](fencepost_transaction_result *to) {
      return fencepost_transaction_manager_acknowledge(get(), to);
    });
  }
  result<std::optional<fencepost_transaction_result>> poll_offsets() const noexcept {
    return detail::found<fencepost_transaction_result>([&](fencepost_transaction_result *to) {
      return fencepost_transaction_manager_poll_offsets(get(), to);
    });
  }
  result<fencepost_transaction_manager_info> look() const noexcept {
    return detail::written<fencepost_transaction_manager_info>([&](fencepost_transaction_manager_info *to) {
      return fencepost_transaction_manager_look(get(), to);
    });
  }
  result<bool> may_send(std::uint32_t partition) const noexcept {
    return detail::written<bool>([&](bool *to) {
      return fencepost_transaction_manager_may_send(get(), partition, to);
    });
  }
  result<bool> may_number(std::uint32_t partition) const noexcept {
    return detail::written<bool>([&](bool *to) {
      return fencepost_transaction_manager_may_number(get(), partition, to);
    });
  }
  result<fencepost_fail_batches> poll_batches() const noexcept {
    return detail::written<fencepost_fail_batches>([&](fencepost_fail_batches *to) {
      return fencepost_transaction_manager_poll_batches(get(), to);
    });
  }
  result<fencepost_transaction_step> handle_find_coordinator(std::int32_t correlation_id, std::int16_t code,
                                                             std::int64_t now_ms,
                                                             refusal *why = nullptr) noexcept {
    return detail::written<fencepost_transaction_step>([&](fencepost_transaction_step *to) {
      return fencepost_transaction_manager_handle_find_coordinator(get(), correlation_id, code, now_ms, to,
                                                                   detail::out(why));
    });
  }
  result<void> handle_transaction_coordinator(std::int16_t init_producer_id_version) noexcept {
    return fencepost_transaction_manager_handle_transaction_coordinator(get(), init_producer_id_version);
  }
  result<void> handle_unreachable(std::uint32_t is_group, std::uint32_t group, std::int64_t now_ms) noexcept {
    return fencepost_transaction_manager_handle_unreachable(get(), is_group, group, now_ms);
  }
  result<void> handle_features(std::int64_t finalized_features_epoch,
                               std::int16_t transaction_version) noexcept {
    return fencepost_transaction_manager_handle_features(get(), finalized_features_epoch,
                                                         transaction_version);
  }
  result<fencepost_transaction_step> handle_init_producer_id(std::int32_t correlation_id, std::int16_t code,
                                                             std::int64_t producer_id,
                                                             std::int16_t producer_epoch,
                                                             std::int64_t now_ms,
                                                             refusal *why = nullptr) noexcept {
    return detail::written<fencepost_transaction_step>([&](fencepost_transaction_step *to) {
      return fencepost_transaction_manager_handle_init_producer_id(get(), correlation_id, code, producer_id,
                                                                   producer_epoch, now_ms, to,
                                                                   detail::out(why));
    });
  }
  result<fencepost_transaction_step> handle_add_partitions(std::int32_t correlation_id,
                                                           view<fencepost_partition_result> results,
                                                           std::int64_t now_ms,
                                                           refusal *why = nullptr) noexcept {
    return detail::written<fencepost_transaction_step>([&](fencepost_transaction_step *to) {
      return fencepost_transaction_manager_handle_add_partitions(get(), correlation_id, results.data(),
                                                                 results.size(), now_ms, to,
                                                                 detail::out(why));
    });
  }
  result<fencepost_transaction_step> handle_add_offsets(std::int32_t correlation_id, std::int16_t code,
                                                        std::int64_t now_ms,
                                                        refusal *why = nullptr) noexcept {
    return detail::written<fencepost_transaction_step>([&](fencepost_transaction_step *to) {
      return fencepost_transaction_manager_handle_add_offsets(get(), correlation_id, code, now_ms, to,
                                                              detail::out(why));
    });
  }
  result<fencepost_transaction_step> handle_txn_offset_commit(std::int32_t correlation_id,
                                                              std::uint32_t missing,
                                                              view<std::int16_t> codes, std::int64_t now_ms,
                                                              refusal *why = nullptr) noexcept {
    return detail::written<fencepost_transaction_step>([&](fencepost_transaction_step *to) {
      return fencepost_transaction_manager_handle_txn_offset_commit(get(), correlation_id, missing,
                                                                    codes.data(), codes.size(), now_ms, to,
                                                                    detail::out(why));
    });
  }
  result<fencepost_transaction_step> handle_end_txn(std::int32_t correlation_id, std::int16_t code,
                                                    std::int64_t producer_id, std::int16_t producer_epoch,
                                                    std::int64_t now_ms, refusal *why = nullptr) noexcept {
    return detail::written<fencepost_transaction_step>([&](fencepost_transaction_step *to) {
      return fencepost_transaction_manager_handle_end_txn(get(), correlation_id, code, producer_id,
                                                          producer_epoch, now_ms, to, detail::out(why));
    });
  }
  result<fencepost_transaction_step> handle_disconnected(std::int32_t correlation_id, std::int64_t now_ms,
                                                         refusal *why = nullptr) noexcept {
    return detail::written<fencepost_transaction_step>([&](fencepost_transaction_step *to) {
      return fencepost_transaction_manager_handle_disconnected(get(), correlation_id, now_ms, to,
                                                               detail::out(why));
    });
  }
  result<fencepost_transaction_step> handle_unsupported_version(std::int32_t correlation_id,
                                                                refusal *why = nullptr) noexcept {
    return detail::written<fencepost_transaction_step>([&](fencepost_transaction_step *to) {
      return fencepost_transaction_manager_handle_unsupported_version(get(), correlation_id, to,
                                                                      detail::out(why));
    });
  }
  result<fencepost_transaction_step> handle_batch_failed(std::int16_t code, std::uint32_t numbered,
                                                         refusal *why = nullptr) noexcept {
    return detail::written<fencepost_transaction_step>([&](fencepost_transaction_step *to) {
      return fencepost_transaction_manager_handle_batch_failed(get(), code, numbered, to, detail::out(why));
    });
  }

 private:
  transaction_manager(raw *from, bool in_place) noexcept : handle(from, in_place) {}
};

// Why, as a sentence: how long the whole is.
inline result<std::size_t> failure_sentence(const fencepost_failure &of, buffer sentence) noexcept {
  return detail::written<std::size_t>([&](std::size_t *len) {
    return fencepost_failure_str(&of, reinterpret_cast<char *>(sentence.data()), sentence.size(), len);
  });
}

// A fencepost_identity_next.
inline result<std::uint32_t> identity_step(std::int16_t code, bool transactional) noexcept {
  return detail::written<std::uint32_t>(
      [&](std::uint32_t *next) { return fencepost_identity_step(code, transactional ? 1 : 0, next); });
}

// What a coordinator answers, and does with markers.
namespace coordinator {
inline result<std::uint32_t> partition_of(std::string_view transactional_id, std::uint32_t partitions) noexcept {
  return detail::written<std::uint32_t>([&](std::uint32_t *to) {
    return fencepost_coordinator_partition(transactional_id.data(), transactional_id.size(), partitions, to);
  });
}
inline result<std::int16_t> downgrade(fencepost_api api, std::int16_t code, std::int16_t version) noexcept {
  return detail::written<std::int16_t>([&](std::int16_t *to) {
    return fencepost_api_downgrade(static_cast<std::uint32_t>(api), code, version, to);
  });
}
inline std::int16_t append_error(std::int16_t code) noexcept { return fencepost_append_error(code); }
inline std::uint32_t add_partitions_version(std::int16_t request_version) noexcept {
  return fencepost_add_partitions_version(request_version);
}
inline std::uint32_t end_txn_version(std::int16_t request_version) noexcept {
  return fencepost_end_txn_version(request_version);
}
// Nothing if the partition is to be added.
inline result<std::optional<std::int16_t>> access_code(fencepost_partition_access access,
                                                       bool any_failed) noexcept {
  return detail::found<std::int16_t>([&](std::int16_t *to) {
    return fencepost_partition_access_code(static_cast<std::uint32_t>(access), any_failed ? 1 : 0, to);
  });
}
// A fencepost_marker_next; nothing if the marker is to be sent.
inline result<std::optional<std::uint32_t>> marker_before_sending(fencepost_destination destination) noexcept {
  return detail::found<std::uint32_t>([&](std::uint32_t *to) {
    return fencepost_marker_before_sending(static_cast<std::uint32_t>(destination), to);
  });
}
// A fencepost_marker_next.
inline std::uint32_t marker_step(std::int16_t code) noexcept { return fencepost_marker_step(code); }
}  // namespace coordinator

// -------------------------------------------------------------------------------------------------------- snapshot files

// The choice of snapshot files, given the offsets that their names say.
namespace snapshot_files {
inline result<std::size_t> name(std::int64_t offset, buffer name) noexcept {
  return detail::written<std::size_t>([&](std::size_t *to) {
    return fencepost_snapshot_name(offset, reinterpret_cast<char *>(name.data()), name.size(), to);
  });
}
inline result<std::size_t> deleted_name(std::int64_t offset, buffer name) noexcept {
  return detail::written<std::size_t>([&](std::size_t *to) {
    return fencepost_snapshot_deleted_name(offset, reinterpret_cast<char *>(name.data()), name.size(), to);
  });
}
inline result<bool> is_deleted(std::string_view name) noexcept {
  return detail::written<bool>([&](bool *to) {
    return fencepost_snapshot_is_deleted(name.data(), name.size(), to);
  });
}
inline result<std::optional<std::int64_t>> offset(std::string_view name) noexcept {
  return detail::found<std::int64_t>([&](std::int64_t *to) {
    return fencepost_snapshot_offset(name.data(), name.size(), to);
  });
}
inline result<std::optional<std::int64_t>> latest(view<std::int64_t> snapshots) noexcept {
  return detail::found<std::int64_t>([&](std::int64_t *to) {
    return fencepost_snapshot_latest(snapshots.data(), snapshots.size(), to);
  });
}
inline result<std::optional<std::int64_t>> oldest(view<std::int64_t> snapshots) noexcept {
  return detail::found<std::int64_t>([&](std::int64_t *to) {
    return fencepost_snapshot_oldest(snapshots.data(), snapshots.size(), to);
  });
}
inline result<std::size_t> outside_log(view<std::int64_t> snapshots, std::int64_t log_start,
                                       std::int64_t log_end, list<std::int64_t> chosen) noexcept {
  return detail::written<std::size_t>([&](std::size_t *to) {
    return fencepost_snapshot_outside_log(snapshots.data(), snapshots.size(), log_start, log_end,
                                          chosen.data(), chosen.size(), to);
  });
}
inline result<std::size_t> before(view<std::int64_t> snapshots, std::int64_t offset,
                                  list<std::int64_t> chosen) noexcept {
  return detail::written<std::size_t>([&](std::size_t *to) {
    return fencepost_snapshot_before(snapshots.data(), snapshots.size(), offset, chosen.data(),
                                     chosen.size(), to);
  });
}
inline result<std::size_t> strays(view<std::int64_t> snapshots, view<std::int64_t> segment_bases,
                                  list<std::int64_t> chosen) noexcept {
  return detail::written<std::size_t>([&](std::size_t *to) {
    return fencepost_snapshot_strays(snapshots.data(), snapshots.size(), segment_bases.data(),
                                     segment_bases.size(), chosen.data(), chosen.size(), to);
  });
}
}  // namespace snapshot_files

// How a log's producers are found again after a start.
namespace rebuild {
inline result<bool> skips_files(std::uint32_t was_clean_shutdown, std::size_t snapshots) noexcept {
  return detail::written<bool>([&](bool *to) {
    return fencepost_rebuild_skips_files(was_clean_shutdown, snapshots, to);
  });
}
inline result<std::size_t> snapshot_points(const fencepost_log_shape &log,
                                           list<std::int64_t> points) noexcept {
  return detail::written<std::size_t>([&](std::size_t *to) {
    return fencepost_rebuild_snapshot_points(&log, points.data(), points.size(), to);
  });
}
inline result<std::size_t> replay(const fencepost_log_shape &log, std::int64_t map_end, std::size_t from,
                                  list<fencepost_replay_segment> segments) noexcept {
  return detail::written<std::size_t>([&](std::size_t *to) {
    return fencepost_rebuild_replay(&log, map_end, from, segments.data(), segments.size(), to);
  });
}
}  // namespace rebuild

// --------------------------------------------------------------------------------------------------------- configuration

// A setting as it was given; what it views stays the caller's.
struct config_entry : fencepost_config_entry {
  config_entry(std::string_view named, std::string_view set) noexcept
      : fencepost_config_entry{named.data(), named.size(), set.data(), set.size()} {}
};

// What a client makes of its settings, and what is to be said of them.
namespace config {
// A fencepost_setting.
inline result<std::uint32_t> setting_from_name(std::string_view name) noexcept {
  return detail::written<std::uint32_t>([&](std::uint32_t *setting) {
    return fencepost_setting_from_name(name.data(), name.size(), setting);
  });
}
inline result<fencepost_resolved> resolve(view<fencepost_config_entry> entries,
                                          const fencepost_client_version &version,
                                          refusal *why = nullptr) noexcept {
  return detail::written<fencepost_resolved>([&](fencepost_resolved *to) {
    return fencepost_config_resolve(entries.data(), entries.size(), &version, to, detail::out(why));
  });
}
inline result<std::size_t> findings(view<fencepost_config_entry> entries,
                                    const fencepost_client_version &version,
                                    const fencepost_cluster &cluster, std::size_t from,
                                    list<fencepost_config_finding> findings) noexcept {
  return detail::written<std::size_t>([&](std::size_t *to) {
    return fencepost_config_findings(entries.data(), entries.size(), &version, &cluster, from,
                                     findings.data(), findings.size(), to);
  });
}
}  // namespace config

}  // namespace fencepost

#endif  // FENCEPOST_HPP
