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

// Bytes to read: any container of bytes, or a pointer and a length.
class bytes {
 public:
  bytes(const std::uint8_t *data, std::size_t size) noexcept : data_(data), size_(size) {}
  template <class Container, class = decltype(std::data(std::declval<const Container &>()))>
  bytes(const Container &of) noexcept
      : data_(reinterpret_cast<const std::uint8_t *>(std::data(of))), size_(std::size(of)) {
    static_assert(sizeof(*std::data(of)) == 1, "a container of bytes");
  }
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

using batch_options = detail::sized<fencepost_batch_options>;
using context = detail::sized<fencepost_context>;
using marker = detail::sized<fencepost_marker>;
using new_batch = detail::sized<fencepost_new_batch>;
using partition_config = detail::sized<fencepost_partition_config>;
using producer_settings = detail::sized<fencepost_producer_settings>;
using verification = detail::sized<fencepost_verification>;
using kept_partition = detail::sized<fencepost_kept_partition>;
using kept_batch = detail::sized<fencepost_kept_batch>;

// What came of one sending.
struct answer : detail::sized<fencepost_answer> {
  // The broker's answer, as in the protocol.
  static answer response(std::int16_t kafka_code, std::int64_t base_offset = -1,
                         std::int64_t log_append_time = -1, std::int64_t log_start_offset = -1) noexcept {
    answer of(FENCEPOST_ANSWER_RESPONSE);
    of.code = kafka_code;
    of.base_offset = base_offset;
    of.log_append_time = log_append_time;
    of.log_start_offset = log_start_offset;
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
  static described listed(std::int32_t epoch, std::int32_t last_sequence) noexcept {
    described of(FENCEPOST_DESCRIBED_LISTED);
    of.producer_epoch = epoch;
    of.last_sequence = last_sequence;
    return of;
  }
  static described not_listed(std::int64_t log_start_offset = -1) noexcept {
    described of(FENCEPOST_DESCRIBED_NOT_LISTED);
    of.log_start_offset = log_start_offset;
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

// A whole batch as a partition looks at it.
inline result<fencepost_batch> read_batch(bytes of, refusal *why = nullptr) noexcept {
  return detail::written<fencepost_batch>([&](fencepost_batch *to) {
    return fencepost_batch_read(of.data(), of.size(), to, detail::out(why));
  });
}

inline result<void> verify_crc(bytes of, refusal *why = nullptr) noexcept {
  return fencepost_batch_verify_crc(of.data(), of.size(), detail::out(why));
}

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
  using producer::fatal;
  using producer::get;
  using producer::give_up;
  using producer::handle_described;
  using producer::handle_disconnect;
  using producer::handle_identity;
  using producer::handle_leader_change;
  using producer::handle_response;
  using producer::handle_timeout;
  using producer::may_assign;
  using producer::poll;
  using producer::poll_any;
  using producer::poll_identity;
  using producer::poll_timeout;
  using producer::raw;
  using producer::set_topic;
  using producer::take_notice;
  using producer::take_verdict;

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

}  // namespace fencepost

#endif  // FENCEPOST_HPP
