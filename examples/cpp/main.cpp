// A client's send loop over a wire that loses requests and answers, to a broker that restarts; the client crashes too, again
// and again, and comes back by its journal: `send [SEED [JOURNAL]]`.
#include <charconv>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "client.hpp"
#include "wire.hpp"

int main(int argc, char **argv) {
  std::uint32_t seed = 1;
  if (argc >= 2) {
    const char *end = argv[1] + std::strlen(argv[1]);
    const auto read = std::from_chars(argv[1], end, seed);
    if (read.ec != std::errc() || read.ptr != end) argc = 0;
  }
  if (argc > 3 || argc == 0) {
    std::fprintf(stderr, "usage: send [SEED [JOURNAL]], a number below 4294967296 and a file\n");
    return 2;
  }
  const std::string journal = argc == 3 ? argv[2] : "send.journal";
  // The broker begins anew with this program, so the numbers of an earlier run mean nothing to it.
  std::remove(journal.c_str());
  std::remove((journal + ".lock").c_str());

  constexpr int lines = 200;
  std::vector<std::string> source;
  for (int n = 0; n < lines; ++n) source.push_back("line " + std::to_string(n));
  wire to(seed);
  std::mt19937 random(seed);
  std::int64_t now_ms = 1700000000000;
  int lives = 0, sendings = 0, questions = 0;
  for (bool done = false; !done && lives < 1000;) {
    client from(to, source, journal, now_ms);  // nothing else is left of the client before
    done = from.run(static_cast<int>(1 + random() % 200));
    now_ms = from.now_ms() + 1;
    ++lives;
    sendings += from.sendings();
    questions += from.questions();
    to.disconnect();
  }

  // The proof is on the log: each line once, in order.
  int wrong = 0;
  for (std::size_t offset = 0; offset < to.log().size(); ++offset) {
    const auto &batch = to.log()[offset];
    const std::string line = "line " + std::to_string(offset);
    const std::string_view bytes(reinterpret_cast<const char *>(batch.data()), batch.size());
    if (bytes.find(line) == bytes.npos) ++wrong;
  }
  std::printf("%d lines, %d lives of the client under %d id, %d sendings, %d restarts of the broker, %d questions: "
              "%zu on the log, %d out of place\n",
              lines, lives, to.ids(), sendings, to.restarts(), questions, to.log().size(), wrong);
  return to.log().size() == lines && wrong == 0 && to.ids() == 1 ? 0 : 1;
}
