// Buys a little below the market, lets go of what does not fill, and keeps a tape that survives a restart.
//
// Start a gateway on paper (brokerwire serve), then run this. Run it again: the tape goes on where it ended.

#include <brokerwire/brokerwire.h>
#include <brokerwire/v1/market_data_service.grpc.pb.h>

#include <future>
#include <iostream>
#include <thread>

namespace bw = brokerwire;
using namespace std::chrono_literals;

namespace {

constexpr const char* symbol = "AAPL";

/// Prints every fill once, whatever happens to the connection. `live` is kept once the stream is open.
void tape(bw::OrderStream& stream, std::promise<void> live) {
  bool announced = false;
  const auto print = bw::overloaded{
      [&](const bw::Opened&) {
        if (!announced) live.set_value();
        announced = true;
      },
      [](const bw::OrderEvent& event) {
        if (!event.fill) return;
        std::cout << "  tape: " << bw::name(event.fill->side) << " " << event.fill->quantity << " "
                  << event.fill->symbol << " at " << event.fill->price << std::endl;
      },
      [](const bw::Reset&) { std::cout << "  tape: something was missed; read fills() to close the gap" << std::endl; },
      [](const bw::Disconnected& gone) { std::cout << "  tape: " << gone.error.text() << std::endl; },
      [](const auto&) {},
  };
  try {
    for (const auto& item : stream.items()) std::visit(print, item);
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
    if (!announced) live.set_exception(std::current_exception());
  }
}

/// How to call what the library has no method for: a stub of the contract, through the client.
bw::Decimal ask_price(bw::Client& client) {
  bw::v1::GetQuotesRequest request;
  request.add_symbols(symbol);
  const auto answer = client.call(&bw::v1::MarketDataService::Stub::GetQuotes, request);
  if (answer.quotes_size() == 0 || !answer.quotes(0).has_ask_price()) throw std::runtime_error("no price yet");
  return answer.quotes(0).ask_price().value();
}

bw::Order wait_or_cancel(bw::Client& client, const bw::Order& order) {
  try {
    return client.wait(order, {.timeout = 5s});
  } catch (const bw::WaitExpired&) {
    return client.cancel(order.key()).order;
  }
}

/// One round: a patient buy, then flat again.
void trade(bw::Client& client) {
  const bw::Decimal limit = bw::Decimal::from_scaled(ask_price(client).scaled(2) - 1, 2);
  bw::Order order = client.submit({.symbol = symbol, .side = bw::buy, .quantity = 10, .limit_price = limit});
  order = wait_or_cancel(client, order);
  std::cout << "bought " << order.filled_quantity << " at " << order.average_fill_price.value_or(0) << " ("
            << bw::name(order.state) << ")" << std::endl;
  if (order.filled_quantity.is_zero()) return;
  bw::Order sold = client.submit({.symbol = symbol, .side = bw::sell, .quantity = order.filled_quantity});
  sold = client.wait(sold);
  std::cout << "sold " << sold.filled_quantity << " at " << sold.average_fill_price.value_or(0) << std::endl;
}

}  // namespace

int main() {
  try {
    bw::Client client;
    bw::OrderStream stream =
        client.stream_orders({.stream = {.token_store = std::make_shared<bw::FileTokenStore>("strategy.token")}});
    std::promise<void> live;
    std::future<void> opened = live.get_future();
    const std::jthread taping(tape, std::ref(stream), std::move(live));
    const std::shared_ptr<void> closing(nullptr, [&](void*) { stream.close(); });  // before the thread is joined
    opened.get();  // from here on, what happens is on the tape
    trade(client);
    std::this_thread::sleep_for(1s);  // for the last fills to be printed
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
    return 1;
  }
}
