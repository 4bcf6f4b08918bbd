#pragma once

#include <brokerwire/v1/order_service.grpc.pb.h>

#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "target.h"

namespace brokerwire::detail {

/// What a client, its streams and its sessions share.
class Connection {
 public:
  explicit Connection(const Options& options);

  const Target target;
  const std::shared_ptr<grpc::Channel> channel;
  const std::unique_ptr<v1::OrderService::Stub> orders;
  const std::chrono::nanoseconds timeout;
  /// Streams and sessions end when it is stopped.
  std::stop_source closed;

  /// Signs what is to be signed of a request, if there is a signer.
  void sign(google::protobuf::Message* request) const;

  /// Gives a call the token, and the code of the second factor.
  void authorize(grpc::ClientContext* context) const;

  using Invoke = std::function<grpc::Status(grpc::ClientContext*)>;
  /// Carries out a unary call with the client's token and deadline. Throws the Error that it fails with.
  void carry_out(const google::protobuf::Message& request, const Invoke& invoke) const;

  /// The account named, else the client's own, else the only one that there is. Throws if that cannot be told.
  std::string account_or_default(const std::string& named);
  /// The filter of a call over accounts: the one named, else the client's own, else all.
  std::vector<std::string> some_accounts(const std::string& named) const;

 private:
  const std::string token_;
  const std::string otp_;
  const std::shared_ptr<const Signer> signer_;
  const std::string own_account_;
  std::mutex mutex_;
  std::string default_account_;
};

}  // namespace brokerwire::detail
