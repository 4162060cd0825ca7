// The bytes of one connection, taken apart into requests one after another. Pure. Private to this
// room.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "adapters/net/chunks.h"
#include "adapters/net/request_head.h"

namespace countersign::net {

class RequestReader {
 public:
  // head --take--> admission --read_body--> body --take--> complete --next--> head. `flawed` is for
  // good: nobody knows where the next request would begin.
  enum class Stage { head, admission, body, complete, flawed };
  struct Flaw {
    int status = 0;
    std::string why;  // one line
  };

  RequestReader(std::size_t header_limit, std::size_t body_limit)
      : header_limit_(header_limit), body_limit_(body_limit) {}

  // Goes as far as these bytes reach, at most to the next stage that waits for a call. What is left
  // over is kept for it.
  Stage take(std::string_view bytes);
  Stage read_body();  // from admission
  Stage next();       // from complete: the request is forgotten

  Stage stage() const { return stage_; }
  const Flaw& flaw() const { return flaw_; }
  RequestHead& head() { return *head_; }  // from admission on; with the body when complete
  const RequestHead& head() const { return *head_; }
  const std::string& raw_head() const { return raw_head_; }
  bool has_body() const { return head_->chunked || head_->length > 0; }
  std::size_t body_size() const { return head_ ? head_->request.body.size() : 0; }
  std::size_t unused() const { return input_.size(); }  // received and not yet needed

 private:
  Stage seek_head();
  Stage take_counted();
  Stage take_chunks();
  Stage fail(int status, const std::string& why);

  const std::size_t header_limit_;
  const std::size_t body_limit_;
  Stage stage_ = Stage::head;
  Flaw flaw_;
  std::string input_;
  std::string raw_head_;
  std::optional<RequestHead> head_;
  std::optional<Chunks> chunks_;
};

}  // namespace countersign::net
