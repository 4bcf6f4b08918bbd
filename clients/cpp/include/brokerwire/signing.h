#pragma once

#include <google/protobuf/message.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace brokerwire {

/// Signs orders, replaces and closings with an Ed25519 key, for accounts that take signed orders only. It never shows
/// its key. A signature is good for 20 s. Use it from any number of threads.
class Signer {
 public:
  using Clock = std::function<std::chrono::system_clock::time_point()>;

  /// From the private key in PEM (PKCS #8, not encrypted); key_id is the name that the gateway gave its public half.
  /// Throws InvalidRequest if that is no Ed25519 key.
  static std::shared_ptr<const Signer> from_pem(const std::string& pem, std::string key_id, Clock clock = {});
  /// From a file of that kind.
  static std::shared_ptr<const Signer> from_file(const std::string& path, std::string key_id);

  ~Signer();
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;

  /// Puts a signature into a request that is complete otherwise, in place of an earlier one. Requests that are never
  /// signed are left as they are. The client does this by itself, in call() too; use it for messages that are sent in
  /// another way.
  void sign(google::protobuf::Message* request) const;

 private:
  struct Key;
  Signer(std::unique_ptr<Key> key, std::string key_id, Clock clock);

  std::unique_ptr<Key> key_;
  std::string key_id_;
  Clock clock_;
};

/// What is signed of a request, as OrderSignature defines it. Fields that are not known are not in it.
std::string canonical_text(const google::protobuf::Message& request);

}  // namespace brokerwire
