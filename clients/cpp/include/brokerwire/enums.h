#pragma once

#include <brokerwire/v1/events.pb.h>
#include <brokerwire/v1/order_service.pb.h>
#include <brokerwire/v1/orders.pb.h>
#include <brokerwire/v1/positions.pb.h>
#include <brokerwire/v1/streams.pb.h>
#include <google/protobuf/generated_enum_reflection.h>

#include <string>

namespace brokerwire {

// The enums are the contract's own. A value that a newer gateway invents keeps its number.
using v1::ActionOutcome;
using v1::EventType;
using v1::FillKind;
using v1::OrderClass;
using v1::OrderEventType;
using v1::OrderState;
using v1::OrderType;
using v1::PositionSide;
using v1::Side;
using v1::SourceGapPhase;
using v1::StateReason;
using v1::StreamMode;
using v1::TimeInForce;
using ResetCause = v1::StreamResetCause;

// Short names for what requests say, and answers say most often. The namespace v1 has all values.
inline constexpr Side buy = v1::SIDE_BUY;
inline constexpr Side sell = v1::SIDE_SELL;
inline constexpr Side sell_short = v1::SIDE_SELL_SHORT;
inline constexpr Side buy_to_cover = v1::SIDE_BUY_TO_COVER;

inline constexpr TimeInForce day = v1::TIME_IN_FORCE_DAY;
inline constexpr TimeInForce gtc = v1::TIME_IN_FORCE_GTC;
inline constexpr TimeInForce ioc = v1::TIME_IN_FORCE_IOC;
inline constexpr TimeInForce fok = v1::TIME_IN_FORCE_FOK;

namespace detail {
std::string enum_name(const google::protobuf::EnumDescriptor* kind, int number);
}

/// Short name of an enum value: "partially_filled", or "unknown(77)" for one that is newer than this library.
template <class Enum>
std::string name(Enum value) {
  return detail::enum_name(google::protobuf::GetEnumDescriptor<Enum>(), static_cast<int>(value));
}

}  // namespace brokerwire
