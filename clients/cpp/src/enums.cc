#include "brokerwire/enums.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <cctype>

namespace brokerwire::detail {

std::string enum_name(const google::protobuf::EnumDescriptor* kind, int number) {
  const google::protobuf::EnumValueDescriptor* known = kind->FindValueByNumber(number);
  if (known == nullptr) return "unknown(" + std::to_string(number) + ")";
  const std::string first(kind->value(0)->name());  // ORDER_STATE_UNSPECIFIED
  std::string name = std::string(known->name()).substr(first.size() - std::string("UNSPECIFIED").size());
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name;
}

}  // namespace brokerwire::detail
