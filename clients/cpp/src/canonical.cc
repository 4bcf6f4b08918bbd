#include <brokerwire/v1/decimal.pb.h>
#include <brokerwire/v1/orders.pb.h>

#include <algorithm>
#include <vector>

#include "brokerwire/signing.h"

namespace brokerwire {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;

constexpr std::int64_t nanos = 1'000'000'000;

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '\\') {
      safe += "\\\\";
    } else if (c == '\n') {
      safe += "\\n";
    } else {
      safe += c;
    }
  }
  return safe;
}

/// Writes the lines of messages.
class Lines {
 public:
  explicit Lines(std::string text) : text(std::move(text)) {}

  void add(const Message& message, const std::string& path) {
    const Reflection& reflection = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;  // in the order of their numbers
    reflection.ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      const std::string name = path + std::string(field->name());
      if (field->full_name() == "brokerwire.v1.OrderSignature.signature") continue;
      if (field->is_map()) {
        add_entries(message, field, name);
      } else if (field->is_repeated()) {
        const int size = reflection.FieldSize(message, field);
        for (int i = 0; i < size; ++i) add_value(message, field, i, name + "[" + std::to_string(i) + "]");
      } else {
        add_value(message, field, -1, name);
      }
    }
  }

  std::string text;

 private:
  void line(const std::string& path, const std::string& value) { text += path + "=" + value + "\n"; }

  void add_entries(const Message& message, const FieldDescriptor* field, const std::string& path) {
    const FieldDescriptor* key = field->message_type()->map_key();
    const FieldDescriptor* value = field->message_type()->map_value();
    std::vector<std::pair<std::string, std::string>> entries;
    const Reflection& reflection = *message.GetReflection();
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      const Message& entry = reflection.GetRepeatedMessage(message, field, i);
      const Reflection& of_entry = *entry.GetReflection();
      entries.emplace_back(of_entry.GetString(entry, key), of_entry.GetString(entry, value));
    }
    std::sort(entries.begin(), entries.end());  // by bytes: std::string compares as unsigned
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const std::string at = path + "[" + std::to_string(i) + "]";
      line(at + ".key", escaped(entries[i].first));
      line(at + ".value", escaped(entries[i].second));
    }
  }

  /// The field's value; of a list, the one at an index that is not below zero.
  void add_value(const Message& message, const FieldDescriptor* field, int index, const std::string& path) {
    const Reflection& reflection = *message.GetReflection();
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      line(path, scalar(message, field, index));
      return;
    }
    const Message& value =
        index < 0 ? reflection.GetMessage(message, field) : reflection.GetRepeatedMessage(message, field, index);
    if (const auto* decimal = dynamic_cast<const v1::Decimal*>(&value)) {
      line(path, escaped(decimal->value()));
    } else if (const auto* time = dynamic_cast<const Timestamp*>(&value)) {
      line(path, std::to_string(time->seconds() * nanos + time->nanos()));
    } else {
      const std::size_t before = text.size();
      add(value, path + ".");
      if (text.size() == before) line(path, "");
    }
  }

  static std::string scalar(const Message& message, const FieldDescriptor* field, int index) {
    const Reflection& reflection = *message.GetReflection();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return escaped(index < 0 ? reflection.GetString(message, field)
                                 : reflection.GetRepeatedString(message, field, index));
      case FieldDescriptor::CPPTYPE_ENUM: {
        const auto* known = field->enum_type()->FindValueByNumber(reflection.GetEnumValue(message, field));
        return known != nullptr ? std::string(known->name()) : std::to_string(reflection.GetEnumValue(message, field));
      }
      case FieldDescriptor::CPPTYPE_BOOL:
        return "true";
      case FieldDescriptor::CPPTYPE_INT32:
        return std::to_string(reflection.GetInt32(message, field));
      default:
        return std::to_string(reflection.GetInt64(message, field));
    }
  }
};

}  // namespace

std::string canonical_text(const Message& request) {
  Lines lines("brokerwire-signature-v1\n" + std::string(request.GetDescriptor()->name()) + "\n");
  lines.add(request, "");
  return std::move(lines.text);
}

}  // namespace brokerwire
