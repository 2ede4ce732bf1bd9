/* What nearly every source file of the worker includes, parsed once: this halves the time of the build. */
#ifndef PEEKABOO_COMPAT_PRECOMPILED_HPP
#define PEEKABOO_COMPAT_PRECOMPILED_HPP

#include <algorithm>
#include <chrono>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include <flatbuffers/flatbuffers.h>
#include <openssl/ssl.h>
#include <uv.h>

#include <ankerl/unordered_dense.h>

#include "FBS/message.h"

#endif
