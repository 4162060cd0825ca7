// The control interface described in sandbox.h, and the page's files.
#pragma once
#include "adapters/sandbox/chat.h"

namespace countersign::adapters::sandbox {

// Paths under /control/. Loopback only, and not for pages of other sites.
net::HttpResponse control(Chat& chat, const net::HttpRequest& request);

// Whether somebody on this machine asks, and no page of another site.
bool from_this_machine(const net::HttpRequest& request);

// A new person as the body describes: {username, guest?, outsider?, bot?}. Throws Refusal.
Json add_user(Chat& chat, const Json& body);

// GET / and the files it loads; 404 for anything else.
net::HttpResponse page_file(const net::HttpRequest& request);

}  // namespace countersign::adapters::sandbox
