#include "json.h"

#include <google/protobuf/util/json_util.h>

#include <stdexcept>

Json parse(const std::string& line) {
  Json value;
  const auto status = google::protobuf::util::JsonStringToMessage(line, &value);
  if (!status.ok()) throw std::runtime_error("not JSON: " + status.ToString());
  return value;
}

std::string dump(const Json& value) {
  std::string line;
  const auto status = google::protobuf::util::MessageToJsonString(value, &line);
  if (!status.ok()) throw std::runtime_error("cannot be written as JSON: " + status.ToString());
  return line;
}

Json text(std::string value) {
  Json json;
  json.set_string_value(std::move(value));
  return json;
}

Json number(double value) {
  Json json;
  json.set_number_value(value);
  return json;
}

Json yes_or_no(bool value) {
  Json json;
  json.set_bool_value(value);
  return json;
}

Json null() {
  Json json;
  json.set_null_value(google::protobuf::NULL_VALUE);
  return json;
}

Json list(std::vector<Json> values) {
  Json json;
  json.mutable_list_value();
  for (Json& value : values) *json.mutable_list_value()->add_values() = std::move(value);
  return json;
}

Json object(std::vector<std::pair<std::string, Json>> fields) {
  Json json;
  auto& members = *json.mutable_struct_value()->mutable_fields();
  for (auto& [key, value] : fields) members[key] = std::move(value);
  return json;
}

const Json* find(const Json& object, const std::string& key) {
  const auto& fields = object.struct_value().fields();
  const auto found = fields.find(key);
  return found == fields.end() || found->second.has_null_value() ? nullptr : &found->second;
}

std::string text_of(const Json& object, const std::string& key) {
  const Json* value = find(object, key);
  return value == nullptr ? "" : value->string_value();
}

double number_of(const Json& object, const std::string& key, double otherwise) {
  const Json* value = find(object, key);
  return value == nullptr ? otherwise : value->number_value();
}

bool flag_of(const Json& object, const std::string& key) {
  const Json* value = find(object, key);
  return value != nullptr && value->bool_value();
}
