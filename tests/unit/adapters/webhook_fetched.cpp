// Documents that a proof needs: when they are fetched, and what a delivery hears meanwhile.
#include "adapters/webhook/fetched.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "adapters/webhook/routes.h"
#include "tests/unit/adapters/webhook_proofs.h"

namespace countersign::adapters::webhook {
namespace {

using namespace std::chrono_literals;
using test::kNow;

constexpr auto kDeadline = 60s;

template <class T>
T got(std::future<T> future) {
  if (future.wait_for(kDeadline) != std::future_status::ready)
    throw std::runtime_error("nobody answered");
  return future.get();
}

// Somewhere documents come from: says what it is told to, when it is told to, and counts.
class Web {
 public:
  Fetched::Get get() {
    return [this](const std::string& url, const std::stop_token& stop) -> Result<std::string> {
      std::unique_lock lock(mutex_);
      asked_.push_back(url);
      changed_.notify_all();
      changed_.wait(lock, stop, [this] { return !held_; });
      if (stop.stop_requested() || !there_) return unavailable("no answer");
      return "document " + std::to_string(asked_.size());
    };
  }

  void hold(bool held) { set(held_, held); }
  void there(bool there) { set(there_, there); }
  std::vector<std::string> asked() {
    const std::scoped_lock lock(mutex_);
    return asked_;
  }
  void wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kDeadline, [&] { return asked_.size() >= count; }))
      throw std::runtime_error("nobody asked");
  }

 private:
  void set(bool& what, bool value) {
    const std::scoped_lock lock(mutex_);
    what = value;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<std::string> asked_;  // guarded by mutex_, as the rest
  bool held_ = false;
  bool there_ = true;
};

class WebhookFetched : public testing::Test {
 protected:
  static std::future<bool> ask(Fetched& fetched, const std::string& url) {
    auto answer = std::make_shared<std::promise<bool>>();
    auto future = answer->get_future();
    fetched.fetch(url, [answer](bool there) { answer->set_value(there); });
    return future;
  }
  bool fetch(const std::string& url) { return got(ask(fetched_, url)); }
  void pass(std::chrono::seconds time) { later_ += time.count(); }
  core::Instant now() const { return kNow + std::chrono::seconds(later_); }

  Web web_;
  std::atomic<std::int64_t> later_ = 0;
  Fetched fetched_{web_.get(), [this] { return now(); }};
};

TEST_F(WebhookFetched, a_document_is_remembered_for_an_hour) {
  EXPECT_FALSE(fetched_.find("a"));
  EXPECT_TRUE(fetch("a"));
  pass(59min + 59s);
  ASSERT_TRUE(fetched_.find("a"));
  EXPECT_EQ(fetched_.find("a")->text, "document 1");
  EXPECT_EQ(fetched_.find("a")->fetched_at, kNow);
  EXPECT_FALSE(fetched_.find("b")) << "another address";
  pass(1s);
  EXPECT_FALSE(fetched_.find("a"));
  EXPECT_TRUE(fetch("a"));
  EXPECT_EQ(fetched_.find("a")->text, "document 2");
}

TEST_F(WebhookFetched, an_address_that_did_not_answer_is_left_alone_for_ten_seconds) {
  web_.there(false);
  EXPECT_FALSE(fetch("a"));
  web_.there(true);
  pass(9s);
  EXPECT_FALSE(fetch("a"));
  EXPECT_EQ(web_.asked().size(), 1u);
  EXPECT_TRUE(fetch("b")) << "another address is asked at once";
  pass(1s);
  EXPECT_TRUE(fetch("a"));
  EXPECT_EQ(web_.asked(), (std::vector<std::string>{"a", "b", "a"}));
}

TEST_F(WebhookFetched, one_fetch_serves_all_who_wait_for_the_same_address) {
  web_.hold(true);
  std::vector<std::future<bool>> waiting;
  for (int i = 0; i < 20; ++i) waiting.push_back(ask(fetched_, "a"));
  web_.wait_for(1);
  web_.hold(false);
  for (auto& one : waiting) EXPECT_TRUE(got(std::move(one)));
  EXPECT_EQ(web_.asked().size(), 1u);
}

TEST_F(WebhookFetched, T14_only_so_many_wait_and_the_others_hear_so_at_once) {
  web_.hold(true);
  std::vector<std::future<bool>> waiting;
  waiting.push_back(ask(fetched_, "first"));
  web_.wait_for(1);
  for (int i = 0; i < 64; ++i) waiting.push_back(ask(fetched_, "u" + std::to_string(i)));
  auto refused = ask(fetched_, "one too many");
  ASSERT_EQ(refused.wait_for(0s), std::future_status::ready);
  EXPECT_FALSE(refused.get());
  web_.hold(false);
  for (auto& one : waiting) EXPECT_TRUE(got(std::move(one)));
}

TEST_F(WebhookFetched, T14_only_so_many_are_remembered_and_the_oldest_makes_room) {
  for (int i = 0; i < 65; ++i) {
    EXPECT_TRUE(fetch("u" + std::to_string(i)));
    pass(1s);
  }
  EXPECT_FALSE(fetched_.find("u0"));
  EXPECT_TRUE(fetched_.find("u1"));
  EXPECT_TRUE(fetched_.find("u64"));
}

TEST_F(WebhookFetched, a_visit_is_made_once_and_leaves_nothing_behind) {
  fetched_.visit("confirm");
  web_.wait_for(1);
  EXPECT_TRUE(fetch("a")) << "the one thread is done with the visit";
  EXPECT_EQ(web_.asked(), (std::vector<std::string>{"confirm", "a"}));
  EXPECT_FALSE(fetched_.find("confirm"));
}

TEST_F(WebhookFetched, whoever_waits_at_the_end_is_told_that_there_is_nothing) {
  web_.hold(true);
  std::vector<std::future<bool>> waiting;
  {
    Fetched ending(web_.get(), [this] { return now(); });
    waiting.push_back(ask(ending, "a"));
    web_.wait_for(1);
    waiting.push_back(ask(ending, "a"));
    waiting.push_back(ask(ending, "b"));
  }
  for (auto& one : waiting) EXPECT_FALSE(got(std::move(one)));
  EXPECT_EQ(web_.asked().size(), 1u);
}

// Deliveries that need a document, at the door.
class WebhookDoor : public WebhookFetched {
 protected:
  // The proof of a kind as its sender would make it, and a web that has what it is checked with.
  void open(const std::string& kind, const std::string& way) {
    for (test::Shown& shown : test::all_proofs(config::sender_of(kind))) {
      if (shown.way == way) shown_ = std::make_unique<test::Shown>(std::move(shown));
    }
    routes_ = std::make_unique<WebhookRoutes>(
        WebhookRoutes::Deps{inbox_, ids_, fetched_at_door_, strikes_, [this] { return now(); }},
        std::vector{shown_->source});
  }
  std::future<net::HttpResponse> send() {
    auto answer = std::make_shared<std::promise<net::HttpResponse>>();
    auto future = answer->get_future();
    routes_->handle(shown_->request, [answer](net::HttpResponse response) {
      answer->set_value(std::move(response));
    });
    return future;
  }

  // Lets the web decide whether and when, and gives what is really published.
  Fetched::Get published() {
    return [get = web_.get()](const std::string& url,
                              const std::stop_token& stop) -> Result<std::string> {
      auto answer = get(url, stop);
      if (!answer) return answer;
      return test::Published().find(url)->text;
    };
  }

  test::MemoryInbox inbox_;
  test::CountingIds ids_;
  net::Strikes strikes_;
  Fetched fetched_at_door_{published(), [this] { return now(); }};
  std::unique_ptr<test::Shown> shown_;
  std::unique_ptr<WebhookRoutes> routes_;
};

class WebhookDoorWith : public WebhookDoor,
                        public testing::WithParamInterface<std::pair<const char*, const char*>> {};

TEST_P(WebhookDoorWith, I1_says_503_while_the_document_cannot_be_had_and_202_once_it_is_there) {
  open(GetParam().first, GetParam().second);
  web_.there(false);
  const auto refused = got(send());
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(net::find_header(refused.headers, "Retry-After"), nullptr);
  EXPECT_TRUE(inbox_.stored.empty());

  web_.there(true);
  EXPECT_EQ(got(send()).status, 503) << "it was asked a moment ago";
  pass(10s);
  EXPECT_EQ(got(send()).status, 202);
  EXPECT_EQ(got(send()).status, 200);
  EXPECT_EQ(inbox_.stored.size(), 1u);
  EXPECT_EQ(web_.asked().size(), 2u) << "one that failed, one that did not";
}

TEST_P(WebhookDoorWith, T14_one_fetch_is_enough_for_all_who_come_meanwhile) {
  open(GetParam().first, GetParam().second);
  web_.hold(true);
  std::vector<std::future<net::HttpResponse>> answers;
  for (int i = 0; i < 20; ++i) answers.push_back(send());
  web_.wait_for(1);
  web_.hold(false);
  int stored = 0;
  for (auto& answer : answers) stored += got(std::move(answer)).status == 202 ? 1 : 0;
  EXPECT_EQ(stored, 1) << "the others are redeliveries";
  EXPECT_EQ(web_.asked().size(), 1u);
}

TEST_P(WebhookDoorWith, T1_a_forgery_is_a_forgery_also_once_the_document_is_there) {
  open(GetParam().first, GetParam().second);
  EXPECT_EQ(got(send()).status, 202);
  net::Headers& headers = shown_->request.headers;
  std::string& body = shown_->request.body;
  if (!headers.empty() && headers.back().first == "Authorization") {
    headers.back().second.back() = headers.back().second.back() == 'A' ? 'g' : 'A';
  } else {
    body.replace(body.find("cpu"), 3, "mem");
  }
  EXPECT_EQ(got(send()).status, 401);
  EXPECT_EQ(inbox_.stored.size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Kinds, WebhookDoorWith,
                         testing::Values(std::pair{"aws-sns", "topics"},
                                         std::pair{"gcp-pubsub", "oidc"}),
                         [](const auto& kind) { return std::string(kind.param.second); });

}  // namespace
}  // namespace countersign::adapters::webhook
