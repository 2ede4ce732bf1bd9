#ifndef PEEKABOO_MEDIA_BATCH_HPP
#define PEEKABOO_MEDIA_BATCH_HPP

#include "common.hpp"
#include "DepLibUV.hpp"
#include "RTC/ICE/IceServer.hpp"
#include "RTC/TransportTuple.hpp"
#include <algorithm>
#include <cstring>
#include <sys/uio.h>
#include <uv.h>
#include <vector>

namespace Peekaboo
{
	/**
	 * Media packets of one viewer, encrypted, that wait for each other: those of one length go to the kernel in one call, which costs it
	 * little more than one packet does (udp(7), UDP_SEGMENT). A picture is some packets that come in a row, all but the last as long as
	 * can be. They wait until nothing more is to be read, an order has come or there is no more room for them, so well below a
	 * millisecond. Those of a viewer who is sent away are never sent.
	 */
	class MediaBatch
	{
		// For all viewers of this worker together. Little enough to stay in the processor's cache until it is sent.
		static constexpr size_t StoreBytes{ 512 * 1024 };
		// What the kernel takes in one call: UDP_MAX_SEGMENTS, and the longest datagram (RFC 768) less its headers.
		static constexpr size_t MaxSegments{ 64 };
		static constexpr size_t MaxBytes{ 65507 };

	public:
		MediaBatch()
		{
			if (count++ > 0)
			{
				return;
			}

			store.resize(StoreBytes);
			beforeWaiting = new uv_prepare_t;
			uv_prepare_init(DepLibUV::GetLoop(), beforeWaiting);
			uv_prepare_start(beforeWaiting, [](uv_prepare_t* /*handle*/) { SendAll(); });
		}

		MediaBatch(const MediaBatch&)            = delete;
		MediaBatch& operator=(const MediaBatch&) = delete;

		~MediaBatch()
		{
			std::replace(waiting.begin(), waiting.end(), this, static_cast<MediaBatch*>(nullptr));

			if (--count == 0)
			{
				uv_close(reinterpret_cast<uv_handle_t*>(beforeWaiting), [](uv_handle_t* handle)
				         { delete reinterpret_cast<uv_prepare_t*>(handle); });
			}
		}

		/** Takes a copy of a packet, to be sent to the viewer at the end of this pair. */
		void Add(const RTC::ICE::IceServer* viewer, const uint8_t* data, size_t len)
		{
			if (len > StoreBytes - used)
			{
				SendAll();
			}

			if (this->packets.empty())
			{
				waiting.push_back(this);
			}

			auto* copy = store.data() + used;

			std::memcpy(copy, data, len);
			used += len;
			this->ice = viewer;
			this->packets.push_back({ copy, len });
		}

		/** Sends what waits, of all viewers. */
		static void SendAll()
		{
			for (auto* batch : waiting)
			{
				if (batch)
				{
					batch->Send();
				}
			}

			waiting.clear();
			used = 0;
		}

	private:
		void Send()
		{
			auto* tuple = this->ice->GetSelectedTuple();
			// One that has moved to TCP since then asks again for what it misses: a connection that fails could take its tuple with it here.
			const bool isUdp = tuple && tuple->GetProtocol() == RTC::TransportTuple::Protocol::UDP;

			for (size_t first{ 0 }; isUdp && first < this->packets.size();)
			{
				const size_t after = EndOfRun(first);
				const auto* run    = std::addressof(this->packets[first]);
				const auto* end    = run + (after - first);

				if (!this->segments || end - run == 1 || !tuple->PeekabooSendSegments(run, end - run, this->segments))
				{
					std::for_each(
					  run, end, [tuple](const iovec& packet)
					  { tuple->Send(static_cast<const uint8_t*>(packet.iov_base), packet.iov_len); });
				}

				first = after;
			}

			this->packets.clear();
		}

		/** Those from the first one on that can go together: of one length, and at last one that may be shorter. */
		size_t EndOfRun(size_t first) const
		{
			const size_t len = this->packets[first].iov_len;
			size_t bytes     = len;
			size_t end       = first + 1;

			while (end < this->packets.size() && end - first < MaxSegments && this->packets[end].iov_len <= len &&
			       bytes + this->packets[end].iov_len <= MaxBytes)
			{
				bytes += this->packets[end].iov_len;

				if (this->packets[end++].iov_len < len)
				{
					break;
				}
			}

			return end;
		}

		static inline thread_local size_t count{ 0 };
		static inline thread_local uv_prepare_t* beforeWaiting{ nullptr };
		static inline thread_local std::vector<uint8_t> store;
		static inline thread_local size_t used{ 0 };
		// Those with packets; null for one that is gone.
		static inline thread_local std::vector<MediaBatch*> waiting;

		std::vector<iovec> packets;
		const RTC::ICE::IceServer* ice{ nullptr };
		// Whether the way to this viewer takes segments, as far as is known. Where it does not, each packet goes alone.
		bool segments{ true };
	};
} // namespace Peekaboo

#endif
