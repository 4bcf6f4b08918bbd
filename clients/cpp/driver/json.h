#pragma once

#include <google/protobuf/struct.pb.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

/// JSON, as protobuf brings it along.
using Json = google::protobuf::Value;

/// A line of text as JSON. Throws std::runtime_error if it is none.
Json parse(const std::string& line);
/// JSON as one line.
std::string dump(const Json& value);

Json text(std::string value);
Json number(double value);
Json yes_or_no(bool value);
Json null();
Json list(std::vector<Json> values);
Json object(std::vector<std::pair<std::string, Json>> fields);

/// The member of an object; nothing where it has none, or null.
const Json* find(const Json& object, const std::string& key);
std::string text_of(const Json& object, const std::string& key);
double number_of(const Json& object, const std::string& key, double otherwise);
bool flag_of(const Json& object, const std::string& key);
