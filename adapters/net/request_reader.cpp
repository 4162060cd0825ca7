#include "adapters/net/request_reader.h"

#include <algorithm>

namespace countersign::net {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

bool has_bare_line_feed(std::string_view text) {
  for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    if (at == 0 || text[at - 1] != '\r') return true;
  }
  return false;
}

}  // namespace

RequestReader::Stage RequestReader::take(std::string_view bytes) {
  input_.append(bytes);
  if (stage_ == Stage::head) return seek_head();
  if (stage_ == Stage::body) return head_->chunked ? take_chunks() : take_counted();
  return stage_;
}

RequestReader::Stage RequestReader::read_body() {
  stage_ = Stage::body;
  if (head_->chunked) chunks_.emplace(body_limit_);
  return take({});
}

RequestReader::Stage RequestReader::next() {
  head_.reset();
  chunks_.reset();
  // An idle connection keeps nothing.
  std::string().swap(raw_head_);
  if (input_.empty()) input_.shrink_to_fit();
  stage_ = Stage::head;
  return take({});
}

RequestReader::Stage RequestReader::seek_head() {
  // Old clients send a line break after a body; it belongs to no request.
  std::size_t idle = 0;
  while (std::string_view(input_).substr(idle).starts_with("\r\n")) idle += 2;
  input_.erase(0, idle);
  const auto end = input_.find(kHeadEnd);
  const auto size = end == std::string::npos ? input_.size() : end + kHeadEnd.size();
  const auto seen = std::string_view(input_).substr(0, std::min(size, header_limit_));
  if (has_bare_line_feed(seen)) return fail(400, "bare line feed in the header");
  if (size > header_limit_) return fail(431, "the header is too large");
  if (end == std::string::npos) return stage_;
  raw_head_ = input_.substr(0, size);
  input_.erase(0, size);
  auto head = read_head(raw_head_);
  if (!head) return fail(400, head.error().message);
  if (head->length > body_limit_) return fail(413, "the body is too large");
  head_ = std::move(*head);
  return stage_ = Stage::admission;
}

RequestReader::Stage RequestReader::take_counted() {
  std::string& body = head_->request.body;
  const auto count = std::min<std::size_t>(input_.size(), head_->length - body.size());
  body.append(input_, 0, count);
  input_.erase(0, count);
  return stage_ = body.size() == head_->length ? Stage::complete : Stage::body;
}

RequestReader::Stage RequestReader::take_chunks() {
  std::string_view left = input_;
  const auto state = chunks_->take(left, head_->request.body);
  input_.erase(0, input_.size() - left.size());
  if (state == Chunks::State::flawed) return fail(400, chunks_->flaw());
  if (state == Chunks::State::too_large) return fail(413, "the body is too large");
  return stage_ = state == Chunks::State::done ? Stage::complete : Stage::body;
}

RequestReader::Stage RequestReader::fail(int status, const std::string& why) {
  flaw_ = {status, why};
  return stage_ = Stage::flawed;
}

}  // namespace countersign::net
