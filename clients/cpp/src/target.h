#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <memory>
#include <string>

#include "brokerwire/client.h"

namespace brokerwire::detail {

/// A gateway, and what a connection to it needs.
class Target {
 public:
  /// Throws InvalidRequest if an option cannot be meant.
  explicit Target(const Options& options);

  /// A channel with a connection of its own, which is made when it is needed.
  std::shared_ptr<grpc::Channel> dial() const;

  const std::string& address() const { return address_; }
  bool local() const { return local_; }

 private:
  grpc::ChannelArguments arguments() const;

  std::string address_;
  bool local_;
  std::shared_ptr<grpc::ChannelCredentials> credentials_;
};

}  // namespace brokerwire::detail
