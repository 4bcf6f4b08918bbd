#pragma once

#include <filesystem>
#include <string>

namespace brokerwire {

/// Keeps the resume token of one stream, so that it goes on after a restart of the program. The stream's filters must
/// stay the same, or the gateway starts it over.
class TokenStore {
 public:
  virtual ~TokenStore() = default;
  /// The token saved last; empty to start afresh.
  virtual std::string load() = 0;
  /// Keeps a token. It is called when all items before it have been processed. What it throws ends the stream.
  virtual void save(const std::string& token) = 0;
};

/// Keeps a token in a file that is replaced as a whole: after a crash it holds the former token or the new one.
class FileTokenStore : public TokenStore {
 public:
  explicit FileTokenStore(std::filesystem::path path);
  std::string load() override;
  void save(const std::string& token) override;

 private:
  std::filesystem::path path_;
};

}  // namespace brokerwire
