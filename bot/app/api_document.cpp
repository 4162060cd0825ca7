#include "bot/app/api_document.h"

#include <algorithm>
#include <array>
#include <map>

#include "bot/app/api_routes.h"

namespace countersign::app {
namespace {

constexpr char kSchemas[] = R"json({
  "Document": {"type": "object"},
  "Error": {
    "type": "object", "required": ["error", "message"],
    "properties": {
      "error": {"type": "string", "description": "One word for programs"},
      "message": {"type": "string", "description": "A sentence for people"},
      "counted": {"type": "boolean", "enum": [false]},
      "verdict": {"type": "string", "description": "Why a vote did not count"}}},
  "Person": {
    "type": "object", "required": ["key", "name"],
    "properties": {
      "key": {"type": "string", "description": "Identifies the person"},
      "name": {"type": "string", "description": "For showing"}}},
  "Run": {
    "type": "object", "required": ["id", "ref", "state", "action", "tier"],
    "properties": {
      "id": {"type": "integer"}, "ref": {"type": "string", "description": "As people write it: R12"},
      "state": {"type": "string"}, "action": {"type": "string"}, "tier": {"type": "string"},
      "rule": {"type": "string", "description": "Empty when a person asked"},
      "requester": {"anyOf": [{"$ref": "#/components/schemas/Person"}, {"type": "null"}]},
      "editors": {"type": "array", "items": {"$ref": "#/components/schemas/Person"}},
      "correlation_id": {"type": "string"},
      "links": {"type": "object", "additionalProperties": {"type": "string"}}}},
  "Vote": {
    "type": "object",
    "properties": {
      "voter": {"$ref": "#/components/schemas/Person"},
      "choice": {"type": "string", "enum": ["approve", "deny", "retract"]},
      "via": {"type": "string", "description": "button, emoji, command, form, cli, http"},
      "counted": {"type": "boolean"}, "why": {"type": "string", "description": "Why it did not count"},
      "reason": {"type": "string"}, "plan_hash": {"type": "string"},
      "at": {"type": "string", "format": "date-time"}}},
  "Approval": {
    "type": "object", "required": ["id", "state", "plan_hash", "run", "expires_at", "links"],
    "properties": {
      "id": {"type": "integer"},
      "state": {"type": "string", "enum": ["pending", "approved", "denied", "expired", "cancelled", "void", "consumed"]},
      "plan_no": {"type": "integer", "description": "A run has a new approval for every plan"},
      "plan_hash": {"type": "string", "description": "What a vote is bound to"},
      "run": {"$ref": "#/components/schemas/Run"},
      "plan": {"type": ["object", "null"], "description": "Exactly what would run; null when a newer plan took its place"},
      "must_approve": {
        "type": "array", "description": "All of these",
        "items": {
          "type": "object",
          "properties": {
            "source": {"type": "string", "description": "Who demands it"},
            "groups": {
              "type": "array",
              "items": {
                "type": "object",
                "properties": {"count": {"type": "integer"}, "roles": {"type": "array", "items": {"type": "string"}}}}}}}},
      "four_eyes": {"type": "boolean", "description": "Whoever asked for it or changed it does not count"},
      "separate_teams": {"type": "boolean"},
      "step_up": {"type": "boolean", "description": "An approval needs a one-time code"},
      "approvers": {"type": "array", "items": {"$ref": "#/components/schemas/Person"}},
      "votes": {"type": "array", "description": "The last 200", "items": {"$ref": "#/components/schemas/Vote"}},
      "expires_at": {"type": "string", "format": "date-time"},
      "usable_until": {"type": ["string", "null"], "format": "date-time"},
      "decided_by": {"type": "string"},
      "links": {"type": "object", "additionalProperties": {"type": "string"}}}},
  "Approvals": {
    "type": "object", "required": ["approvals"],
    "properties": {"approvals": {"type": "array", "items": {"$ref": "#/components/schemas/Approval"}}}},
  "VoteAnswer": {
    "type": "object", "required": ["counted", "repeated", "verdict", "approval"],
    "properties": {
      "counted": {"type": "boolean", "enum": [true]},
      "repeated": {"type": "boolean", "description": "It was counted before; nothing happened now"},
      "verdict": {"type": "string"},
      "approval": {"$ref": "#/components/schemas/Approval"}}},
  "EventAnswer": {
    "type": "object", "required": ["event", "ref", "verdict", "correlation_id"],
    "properties": {
      "event": {"type": "integer"}, "ref": {"type": "string", "description": "As people write it: E12"},
      "verdict": {"type": "string", "enum": ["new", "redelivery"]},
      "correlation_id": {"type": "string"}}},
  "CancelAnswer": {
    "type": "object", "required": ["run"],
    "properties": {"run": {"$ref": "#/components/schemas/Run"}}}
})json";

const std::map<int, std::string>& meanings() {
  static const std::map<int, std::string> kMeanings = {
      {200, "Done"},
      {202, "Accepted: it is stored, and rules will look at it"},
      {400, "The request is wrong; nothing was done"},
      {401, "No token, or one that is unknown, expired or revoked"},
      {403, "The token's person may not do this"},
      {404, "There is no such thing"},
      {409, "It does not count, or comes too late; the answer says why"},
      {413, "The body is too large"},
      {415, "The body has to be application/json, not compressed"},
      {429, "Too many wrong tokens from this address, or too many POSTs with this token; ask again after Retry-After"},
      {500, "A defect of the bot"},
      {503, "Too busy, or the database or a chat does not answer; ask again after Retry-After"}};
  return kMeanings;
}

Json schema_named(const std::string& schema) {
  return {{"$ref", "#/components/schemas/" + schema}};
}

Json schema_of(const ApiField& field) {
  if (field.json) return {{"type", {"object", "array"}}};
  Json schema{{"type", "string"}, {"maxLength", field.longest}};
  if (!field.values.empty()) schema["enum"] = field.values;
  return schema;
}

Json parameters_of(const ApiRoute& route) {
  constexpr std::array places{"path", "query", "header"};
  Json all = Json::array();
  for (const ApiField& field : route.fields) {
    if (field.in == ApiField::In::body) continue;
    all.push_back({{"name", field.name},
                   {"in", places.at(static_cast<std::size_t>(field.in))},
                   {"description", field.about},
                   {"required", field.required},
                   {"schema", schema_of(field)}});
  }
  return all;
}

Json body_of(const ApiRoute& route) {
  Json required = Json::array(), properties = Json::object();
  for (const ApiField& field : route.fields) {
    if (field.in != ApiField::In::body) continue;
    properties[field.name] = schema_of(field);
    if (!field.about.empty()) properties[field.name]["description"] = field.about;
    if (field.required) required.push_back(field.name);
  }
  const Json schema{{"type", "object"},
                    {"required", required},
                    {"properties", properties},
                    {"additionalProperties", false}};
  return {{"required", true}, {"content", {{"application/json", {{"schema", schema}}}}}};
}

Json operation_of(const ApiRoute& route) {
  Json responses = Json::object();
  for (const int status : statuses_of(route)) {
    responses[std::to_string(status)] = {
        {"description", meanings().at(status)},
        {"content",
         {{"application/json",
           {{"schema", schema_named(status < 300 ? route.answers : "Error")}}}}}};
  }
  Json operation{{"operationId", route.id},
                 {"summary", route.summary},
                 {"parameters", parameters_of(route)},
                 {"responses", responses}};
  if (route.changes()) operation["requestBody"] = body_of(route);
  return operation;
}

}  // namespace

Json api_document() {
  Json paths = Json::object();
  for (const ApiRoute& route : api_routes())
    paths[route.path][route.changes() ? "post" : "get"] = operation_of(route);
  return {
      {"openapi", "3.1.0"},
      {"info", {{"title", "Countersign"}, {"version", COUNTERSIGN_VERSION}}},
      {"paths", paths},
      {"security", Json::array({{{"token", Json::array()}}})},
      {"components",
       {{"schemas", Json::parse(kSchemas)},
        {"securitySchemes",
         {{"token",
           {{"type", "http"},
            {"scheme", "bearer"},
            {"description",
             "A personal token, made by `countersign tokens create`; in this header only"}}}}}}}};
}

}  // namespace countersign::app
