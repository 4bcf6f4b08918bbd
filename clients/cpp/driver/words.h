#pragma once

#include <brokerwire/brokerwire.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "json.h"

/// The suite's words for what the client takes and gives.

Json describe(const brokerwire::Order& order);
Json describe(const brokerwire::Position& position);
Json describe(const brokerwire::Failure& failure);
Json describe(const brokerwire::OrderStream::Item& item);
Json describe(const brokerwire::PositionStream::Item& item);
Json describe(const brokerwire::EventStream::Item& item);

brokerwire::OrderRequest order_request(const Json& given);
brokerwire::ReplaceRequest replace_request(const Json& given);

/// An enum value by its short name; unspecified for none.
template <class Enum>
Enum value_of(const std::string& name) {
  if (name.empty()) return Enum{};
  const google::protobuf::EnumDescriptor* kind = google::protobuf::GetEnumDescriptor<Enum>();
  for (int i = 0; i < kind->value_count(); ++i) {
    const auto value = static_cast<Enum>(kind->value(i)->number());
    if (brokerwire::name(value) == name) return value;
  }
  throw std::runtime_error("no such value: " + name);
}
