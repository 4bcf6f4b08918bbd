#include "session_state.h"

namespace brokerwire::detail {
namespace {

/// What the gateway gets to end a session in good order.
constexpr auto hang_up = std::chrono::seconds(1);

}  // namespace

SessionState::SessionState(std::shared_ptr<Connection> connection)
    : connection_(std::move(connection)),
      thread_([this] { run(); }),
      with_client_(connection_->closed.get_token(), [this] { context_.TryCancel(); }) {}

void SessionState::put(v1::OrderCommand message, Command command) {
  connection_->sign(&message);
  const std::lock_guard lock(mutex_);
  if (!refused_.empty() || closing_) {
    const std::string why = refused_.empty() ? "it was closed" : refused_;
    session_closed("the session is over: " + why, Sent::no, command.client_order_id).raise();
  }
  message.set_command_id(++last_id_);
  waiting_.emplace(last_id_, std::move(command));
  outbox_.push_back(std::move(message));
  changed_.notify_all();
}

void SessionState::close() {
  {
    std::unique_lock lock(mutex_);
    closing_ = true;
    const auto settled = [this] { return over_ || waiting_.empty(); };
    if (changed_.wait_for(lock, connection_->timeout, settled)) {
      hanging_up_ = true;
      changed_.notify_all();
      changed_.wait_for(lock, hang_up, [this] { return over_; });
    }
  }
  context_.TryCancel();
  const std::lock_guard lock(joining_);
  if (thread_.joinable()) thread_.join();
}

/// The thread that receives. It opens the call, for that may take as long as connecting does.
void SessionState::run() {
  connection_->authorize(&context_);
  const auto call = connection_->orders->OrderSession(&context_);
  std::thread sender([this, &call] { send(call.get()); });
  for (v1::OrderSessionResponse response; call->Read(&response);) settle(response);
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }
  sender.join();
  const grpc::Status status = call->Finish();
  end(status.ok() ? "it was closed" : from_status(status, true, "", connection_->target.address()).message);
}

void SessionState::send(Call* call) {
  while (const std::optional<v1::OrderSessionRequest> request = take()) {
    if (!call->Write(*request)) return;  // the receiver learns why
  }
  call->WritesDone();
}

std::optional<v1::OrderSessionRequest> SessionState::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return over_ || hanging_up_ || !outbox_.empty(); });
  if (over_ || outbox_.empty()) return std::nullopt;
  v1::OrderSessionRequest request;
  while (!outbox_.empty() && static_cast<std::size_t>(request.commands_size()) < command_batch) {
    *request.add_commands() = std::move(outbox_.front());
    outbox_.pop_front();
  }
  return request;
}

void SessionState::settle(const v1::OrderSessionResponse& response) {
  for (const v1::OrderResult& result : response.results()) {
    std::map<std::int64_t, Command>::node_type command;
    {
      const std::lock_guard lock(mutex_);
      command = waiting_.extract(result.command_id());
    }
    if (command) command.mapped().settle(result);
  }
  if (response.control().has_goodbye()) refuse(response.control().goodbye().reason());
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void SessionState::refuse(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (refused_.empty()) refused_ = why.empty() ? "the gateway said goodbye" : why;
}

void SessionState::end(const std::string& why) {
  refuse(why);
  std::map<std::int64_t, Command> lost;
  {
    const std::lock_guard lock(mutex_);
    lost.swap(waiting_);
    changed_.notify_all();
  }
  for (const auto& [id, command] : lost) {
    command.settle(
        session_closed("the session ended before the result: " + why, Sent::unknown, command.client_order_id));
  }
}

}  // namespace brokerwire::detail
