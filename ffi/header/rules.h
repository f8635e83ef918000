/*
 * fencepost: idempotent producing as pure state machines; Kafka's producer ids, epochs, sequences
 * and five-batch window, for brokers, clients and devices.
 *
 * Made by `make header` of ffi/src; do not change it by hand.
 *
 * STATUS AND OUTPUTS. A function that can fail returns a fencepost_status: zero is success. Inputs
 * come first, outputs last, and outputs are written on success only (a fencepost_error on a
 * refusal only). A status below 100 says that the call was wrong or could not be made, one from 100
 * on is a refusal with a reason; after either nothing has changed, unless the function says so.
 * Under "Errors" a function names its own. Beside them, each can answer what is wrong with its
 * pointers and structs (1 to 5) or its handle (7 to 9), and of a producer whose journal is not open
 * FENCEPOST_STATE; one that names none has no others.
 * Compilers warn where a status is not looked at (FENCEPOST_NODISCARD), but that of a _fini.
 *
 * STRUCTS. A struct of options begins with struct_size: set it to sizeof the struct, and all that
 * you don't know to 0 (`= {0}`), which is every member's default. A program compiled with an older
 * header keeps working: what its struct does not have is 0. A larger struct than the library knows
 * is refused unless the rest of it is 0. Structs without struct_size are frozen. Members named
 * reserved are 0. Enumerations are passed as uint32_t: a number that is none of theirs is refused
 * with FENCEPOST_VALUE. Where a bool is written it is 0 or 1.
 *
 * POINTERS must not be NULL unless the documentation says so; an array of no elements may be NULL.
 * They are checked: NULL, misaligned, wrapping around the end of memory, and what would be written
 * touching what is read, a handle, or what else would be written are refused. That there is memory
 * behind a pointer can't be checked. What you point to is read or written during the call only and
 * stays yours, unless the documentation says otherwise.
 *
 * HANDLES are opaque and come in two flavours of the same type. From the heap: _new, given back by
 * _free, for which NULL is nothing to do. In your memory: ask _size, give at least so many bytes
 * aligned to FENCEPOST_ALIGN to _init, and take them back by _fini; nothing is allocated. The
 * memory must not be moved or touched meanwhile. A handle that was never initialised, ended, moved,
 * or is of another type is refused with FENCEPOST_HANDLE, as far as its memory can still be read:
 * using one after _free is undefined, as with free(3).
 *
 * THREADS. One thread at a time may use a handle, different handles go freely side by side, and
 * functions without a handle may be called by any thread at any time. Functions that take their
 * handle as const change nothing: those may run side by side with each other on the same handle.
 * The library starts no thread, takes no lock, keeps nothing global, and reads no clock: the time
 * is a parameter.
 *
 * A JOURNAL lets a producer come back as itself after a crash: it is one whose settings say
 * journaled. Its journal is opened first, in a file by fencepost_journal_open, or in storage of
 * yours by fencepost_journal_begin where there is none, and else by fencepost_journal_recover, _push,
 * _finish and _hold; then each partition is bound (fencepost_journal_bind). From then on all
 * functions of a producer hold for it, but for assign, resend, split, restore, restore_batch and bump:
 * a batch is numbered by fencepost_journal_assign, its records are made durable (in a file by
 * fencepost_journal_commit; else append what stands in the buffer, sync it, and say so by
 * fencepost_journal_synced), and only then fencepost_journal_claim gives the sending. Calls on a
 * journal that is not open, or not of the kind that the function is for, get FENCEPOST_STATE.
 *
 * UNITS. Times are milliseconds; points in time are milliseconds since 1970-01-01 00:00 UTC.
 * Lengths and sizes are bytes, of text without its NUL unless the documentation says otherwise.
 * Text is UTF-8. Offsets, sequences, epochs and ids are Kafka's.
 *
 * PANICS never cross into C. A function that would is answered with FENCEPOST_PANIC, what it was
 * about is written to the standard error, and its handle is poisoned: from then on all calls but
 * _free and _fini are answered with FENCEPOST_POISONED.
 *
 * WITHOUT A C LIBRARY. The static library can be built without std (docs/c.md): define
 * FENCEPOST_NO_HEAP before including this header, which takes away what needs an allocator or
 * files. A panic then does not unwind: the panic handler is the firmware's if it links the Rust
 * package, or, with the feature panic-handler, the library's, which stops the processor in a loop.
 *
 * TESTED ON x86-64 Linux with glibc: gcc 12 and clang 14, C99 to C2x, C++17 and C++20, under
 * AddressSanitizer, UndefinedBehaviorSanitizer and valgrind. The build without std runs a program
 * that links nothing else on a Cortex-M3 (qemu) and on x86-64. For x86-64 Windows the static
 * library and programs, one with a journal in a file, are built by mingw-w64 and run under Wine.
 * Not tested: Windows itself, MSVC, macOS, musl, 32-bit hosts, big-endian machines.
 *
 * Rules of the protocol, and why they are so: docs/rules.md of the repository.
 */
