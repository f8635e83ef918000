// A client's send loop over a wire that loses requests and answers, to a broker that restarts: `send [SEED]`.
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string>

#include "client.hpp"
#include "wire.hpp"

int main(int argc, char **argv) {
  std::uint32_t seed = 1;
  if (argc == 2) {
    const char *end = argv[1] + std::strlen(argv[1]);
    const auto read = std::from_chars(argv[1], end, seed);
    if (read.ec != std::errc() || read.ptr != end) argc = 0;
  }
  if (argc > 2 || argc == 0) {
    std::fprintf(stderr, "usage: send [SEED], a number below 4294967296\n");
    return 2;
  }

  constexpr int lines = 200;
  wire to(seed);
  client from(to, 1700000000000);
  for (int n = 0; n < lines; ++n) from.add("line " + std::to_string(n));
  from.run();

  // The proof is on the log: each line once, in order.
  int wrong = 0;
  for (std::size_t offset = 0; offset < to.log().size(); ++offset) {
    const auto &batch = to.log()[offset];
    const std::string line = "line " + std::to_string(offset);
    const std::string_view bytes(reinterpret_cast<const char *>(batch.data()), batch.size());
    if (bytes.find(line) == bytes.npos) ++wrong;
  }
  std::printf("%d lines, %d sendings, %d restarts of the broker, %d questions: %d written, %zu on the log, %d out of place\n",
              lines, from.sendings(), to.restarts(), from.questions(), from.written(), to.log().size(), wrong);
  return from.written() == lines && to.log().size() == lines && wrong == 0 ? 0 : 1;
}
