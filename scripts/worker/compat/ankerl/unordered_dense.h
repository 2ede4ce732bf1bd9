/*
 * mediasoup keeps its tables in ankerl::unordered_dense, a header-only hash map that distributions do not package. It uses
 * only what the standard containers offer as well, so here the same names stand for those. They promise more, not less:
 * references stay valid, and erasing one entry disturbs no iterator to another.
 */
#ifndef PEEKABOO_COMPAT_UNORDERED_DENSE_H
#define PEEKABOO_COMPAT_UNORDERED_DENSE_H

#include <functional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace ankerl::unordered_dense
{
	// The second parameter is upstream's hook for specialisations by trait.
	template<typename T, typename Enable = void>
	struct hash : std::hash<T>
	{
	};

	template<typename Key, typename Value, typename Hash = hash<Key>, typename Equal = std::equal_to<Key>>
	using map = std::unordered_map<Key, Value, Hash, Equal>;

	template<typename Key, typename Hash = hash<Key>, typename Equal = std::equal_to<Key>>
	using set = std::unordered_set<Key, Hash, Equal>;
} // namespace ankerl::unordered_dense

#endif
