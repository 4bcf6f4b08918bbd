#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <variant>

#include "brokerwire/session.h"
#include "connection.h"
#include "failures.h"

namespace brokerwire::detail {

/// The most commands in one message, by the contract.
inline constexpr std::size_t command_batch = 1000;

/// What is known of a command: its result, or why there is none.
using Outcome = std::variant<v1::OrderResult, Failure>;

/// A command that waits for its result.
struct Command {
  std::string client_order_id;
  std::function<void(Outcome)> settle;
};

/// The call of an order session, and the two threads that work on it.
class SessionState {
 public:
  explicit SessionState(std::shared_ptr<Connection> connection);
  SessionState(const SessionState&) = delete;
  ~SessionState() { close(); }

  Connection& connection() { return *connection_; }

  /// Puts a command into the outbox. Throws SessionClosed if the session is over.
  void put(v1::OrderCommand message, Command command);

  void close();

 private:
  using Call = grpc::ClientReaderWriter<v1::OrderSessionRequest, v1::OrderSessionResponse>;

  void run();
  void send(Call* call);
  /// The next commands to send, once there are any; none when nothing more is to be sent.
  std::optional<v1::OrderSessionRequest> take();
  void settle(const v1::OrderSessionResponse& response);
  /// Takes no more commands.
  void refuse(const std::string& why);
  /// Commands without a result may have been carried out.
  void end(const std::string& why);

  const std::shared_ptr<Connection> connection_;
  grpc::ClientContext context_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<v1::OrderCommand> outbox_;
  std::map<std::int64_t, Command> waiting_;
  std::int64_t last_id_ = 0;
  bool closing_ = false;
  bool hanging_up_ = false;
  bool over_ = false;
  std::string refused_;  // why there are no more commands; empty while there may be

  std::mutex joining_;
  std::thread thread_;
  std::stop_callback<std::function<void()>> with_client_;
};

}  // namespace brokerwire::detail
