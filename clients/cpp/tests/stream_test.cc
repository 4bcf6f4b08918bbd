#include <filesystem>
#include <fstream>
#include <future>

#include "stream_state.h"
#include "support.h"

namespace brokerwire::detail {
namespace {

using namespace std::chrono_literals;

using OrderWiring = Wiring<OrderEvent, Order>;
using OrderBatch = Batch<OrderEvent, Order>;
using OrderStreamState = StreamState<OrderEvent, Order>;

constexpr auto patience = 20s;

/// A gateway without a network: it does what the script says at each connection.
struct Gateway {
  /// Serves the nth connection, from 1.
  using Script = std::function<End(int n, std::stop_token stop, const OrderWiring::Take& take)>;

  explicit Gateway(Script script) : script(std::move(script)) {}

  OrderWiring wiring(std::shared_ptr<TokenStore> store = nullptr) {
    OrderWiring wiring;
    wiring.connect = [this](std::stop_token stop, const auto&, const std::string& token, const auto& take) {
      int n = 0;
      {
        const std::lock_guard lock(mutex);
        asked.push_back(token);
        n = static_cast<int>(asked.size());
      }
      return script(n, stop, take);
    };
    wiring.dial = [this] {
      ++dialed;
      return nullptr;
    };
    wiring.store = std::move(store);
    wiring.client_closed = client.get_token();
    return wiring;
  }

  std::vector<std::string> tokens() {
    const std::lock_guard lock(mutex);
    return asked;
  }

  Script script;
  std::stop_source client;
  std::atomic<int> dialed = 0;
  std::mutex mutex;
  std::vector<std::string> asked;
};

Rules<OrderEvent> rules() {
  return {"stream_orders", [](const OrderEvent& event) { return Place(event.account_id, ""); }};
}

OrderBatch opened(std::chrono::milliseconds heartbeat = 60s) {
  return {{hello(v1::STREAM_MODE_RESUMED, heartbeat)}, ""};
}

OrderBatch events(const std::string& token, std::initializer_list<std::int64_t> sequences) {
  OrderBatch batch{{}, token};
  for (const std::int64_t sequence : sequences) batch.items.push_back(happened(sequence));
  return batch;
}

/// Says nothing more until the client leaves.
End hang(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait(lock, stop, [] { return false; });
  return {failure(grpc::StatusCode::CANCELLED, "", "left")};
}

/// Sends batches, then nothing more.
Gateway::Script hanging_after(std::vector<OrderBatch> batches) {
  return [batches](int, const std::stop_token& stop, const auto& take) {
    for (const OrderBatch& batch : batches) take(batch);
    return hang(stop);
  };
}

/// A store that notes what was saved.
struct Memory : TokenStore {
  std::string token;
  std::vector<std::string> saved;
  bool full = false;
  std::string load() override { return token; }
  void save(const std::string& value) override {
    if (full) throw std::runtime_error("disk full");
    saved.push_back(value);
  }
};

std::int64_t next_event(OrderStreamState& stream) {
  const auto event = stream.next_event(Clock::now() + patience);
  if (!event) ADD_FAILURE() << "no event came";
  return event ? event->sequence : -1;
}

TEST(Stream, KeepsATokenOnlyWhenAllBeforeItWasProcessed) {
  Gateway gateway(hanging_after({opened(), events("t2", {1, 2}), events("t3", {3})}));
  const auto store = std::make_shared<Memory>();
  OrderStreamState stream(rules(), gateway.wiring(store));
  for (const std::int64_t sequence : {1, 2}) {
    EXPECT_EQ(next_event(stream), sequence);
    EXPECT_TRUE(store->saved.empty());
    EXPECT_EQ(stream.token(), "");
  }
  EXPECT_EQ(next_event(stream), 3);
  EXPECT_EQ(store->saved, std::vector<std::string>({"t2"}));
  EXPECT_EQ(stream.token(), "t2");
}

TEST(Stream, BeginsWithTheTokenThatWasKept) {
  Gateway gateway(hanging_after({opened(), events("t8", {8})}));
  const auto store = std::make_shared<Memory>();
  store->token = "t7";
  OrderStreamState stream(rules(), gateway.wiring(store));
  EXPECT_EQ(next_event(stream), 8);
  EXPECT_EQ(gateway.tokens(), std::vector<std::string>({"t7"}));
}

TEST(Stream, ConnectsAgainWithTheLatestTokenThatWasFedAndRepeatsNothing) {
  Gateway gateway([](int n, const std::stop_token& stop, const auto& take) {
    take(opened());
    if (n == 1) {
      take(events("t2", {1, 2}));
      return End{failure(grpc::StatusCode::UNAVAILABLE, "", "cut")};
    }
    take(events("t3", {2, 3}));
    return hang(stop);
  });
  OrderStreamState stream(rules(), gateway.wiring());
  for (const std::int64_t sequence : {1, 2, 3}) EXPECT_EQ(next_event(stream), sequence);
  EXPECT_EQ(gateway.tokens(), std::vector<std::string>({"", "t2"}));
}

TEST(Stream, EndsWhenATokenCannotBeKept) {
  Gateway gateway(hanging_after({opened(), events("t1", {1})}));
  const auto store = std::make_shared<Memory>();
  store->full = true;
  OrderStreamState stream(rules(), gateway.wiring(store));
  EXPECT_EQ(next_event(stream), 1);
  for (int i = 0; i < 2; ++i) EXPECT_THROW(stream.next(Clock::now() + patience), std::runtime_error);
  EXPECT_TRUE(stream.closed());
}

TEST(Stream, LosesNothingWhenAWaitIsGivenUp) {
  std::promise<void> more;
  Gateway gateway([waited = more.get_future().share()](int, const std::stop_token& stop, const auto& take) {
    take(opened());
    waited.wait();
    take(events("t1", {1}));
    return hang(stop);
  });
  OrderStreamState stream(rules(), gateway.wiring());
  EXPECT_TRUE(stream.next(Clock::now() + patience));
  EXPECT_FALSE(stream.next(Clock::now()));
  EXPECT_FALSE(stream.closed());
  more.set_value();
  EXPECT_EQ(next_event(stream), 1);
  EXPECT_EQ(gateway.tokens().size(), 1U);
}

TEST(Stream, ClosingEndsAWaitOfAnotherThread) {
  Gateway gateway(hanging_after({opened()}));
  OrderStreamState stream(rules(), gateway.wiring());
  EXPECT_TRUE(stream.next(Clock::now() + patience));
  auto waiting = std::async(std::launch::async, [&] { return stream.next(Clock::time_point::max()).has_value(); });
  stream.close();
  EXPECT_FALSE(waiting.get());
  EXPECT_FALSE(stream.next(Clock::time_point::max()));
}

TEST(Stream, EndsWithItsClient) {
  Gateway gateway(hanging_after({opened()}));
  OrderStreamState stream(rules(), gateway.wiring());
  EXPECT_TRUE(stream.next(Clock::now() + patience));
  auto waiting = std::async(std::launch::async, [&] { return stream.next(Clock::time_point::max()).has_value(); });
  gateway.client.request_stop();
  EXPECT_FALSE(waiting.get());
  OrderStreamState later(rules(), gateway.wiring());
  EXPECT_FALSE(later.next(Clock::time_point::max()));
}

TEST(Stream, IsDestroyedWhileAConnectionIsUpAndUnread) {
  std::atomic<bool> left = false;
  {
    Gateway gateway([&](int, const std::stop_token& stop, const auto& take) {
      for (std::int64_t i = 1; take(events("t", {i}));) ++i;
      left = stop.stop_requested();
      return End{};
    });
    OrderStreamState stream(rules(), gateway.wiring());
    EXPECT_EQ(next_event(stream), 1);
  }
  EXPECT_TRUE(left) << "a connection was left behind";
}

TEST(Stream, ReadsAtMostTwoMessagesAhead) {
  std::atomic<int> handed = 0;
  Gateway gateway([&](int, const std::stop_token&, const auto& take) {
    for (std::int64_t i = 1; take(events("t", {i})); ++i) handed = static_cast<int>(i);
    return End{};
  });
  OrderStreamState stream(rules(), gateway.wiring());
  for (int i = 1; i <= 100; ++i) {
    next_event(stream);
    EXPECT_LE(handed, i + 2);
  }
}

TEST(Stream, LeavesASilentConnectionForAChannelOfItsOwn) {
  Gateway gateway([](int n, const std::stop_token& stop, const auto& take) {
    take(opened(40ms));
    take(events("t1", {1}));
    if (n > 1) take(events("t2", {2}));
    return hang(stop);
  });
  OrderStreamState stream(rules(), gateway.wiring());
  EXPECT_EQ(next_event(stream), 1);
  EXPECT_EQ(next_event(stream), 2);
  EXPECT_EQ(gateway.dialed, 1);
  EXPECT_EQ(gateway.tokens(), std::vector<std::string>({"", "t1"}));
}

TEST(Stream, EndsWithAnErrorThatWillNotPass) {
  Gateway gateway([](int, const std::stop_token&, const auto&) {
    return End{failure(grpc::StatusCode::PERMISSION_DENIED, "", "not yours")};
  });
  OrderStreamState stream(rules(), gateway.wiring());
  for (int i = 0; i < 2; ++i) EXPECT_THROW(stream.next(Clock::now() + patience), PermissionDenied);
  EXPECT_EQ(gateway.tokens().size(), 1U);
}

TEST(Stream, EndsWithABatchThatTheContractDoesNotAllow) {
  Gateway gateway([](int, const std::stop_token&, const auto& take) {
    take(opened());
    take(events("t1", {1}));
    return End{failure(grpc::StatusCode::INTERNAL, "", "no decimal"), true};
  });
  OrderStreamState stream(rules(), gateway.wiring());
  EXPECT_EQ(next_event(stream), 1);
  EXPECT_THROW(stream.next(Clock::now() + patience), Internal);
  EXPECT_EQ(stream.token(), "t1");
  EXPECT_EQ(gateway.tokens().size(), 1U);
}

TEST(Stream, SaysOnceToAReaderOfEventsThatSomethingWasLostAndGoesOn) {
  Gateway gateway(
      hanging_after({opened(), {{reset(v1::STREAM_RESET_CAUSE_COMPACTED), Snapshot<Order>{}}, ""}, events("t5", {5})}));
  OrderStreamState stream(rules(), gateway.wiring());
  const Failure gap = failure_of([&] { next_event(stream); });
  EXPECT_EQ(gap.kind, Kind::stream_gap);
  EXPECT_TRUE(gap.is(v1::ERROR_REASON_RESUME_TOKEN_EXPIRED));
  EXPECT_EQ(next_event(stream), 5);
}

TEST(FileTokenStore, KeepsATokenOverLives) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "brokerwire-tokens";
  std::filesystem::remove_all(folder);
  FileTokenStore store(folder / "new" / "orders.token");
  EXPECT_EQ(store.load(), "");
  for (const std::string token : {"one", "two"}) {
    store.save(token);
    EXPECT_EQ(FileTokenStore(folder / "new" / "orders.token").load(), token);
  }
  const std::filesystem::directory_iterator files(folder / "new");
  EXPECT_EQ(std::distance(begin(files), end(files)), 1) << "something was left behind";
  std::ofstream(folder / "file") << "no folder";
  EXPECT_THROW(FileTokenStore(folder / "file" / "orders.token").save("x"), std::filesystem::filesystem_error);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace brokerwire::detail
