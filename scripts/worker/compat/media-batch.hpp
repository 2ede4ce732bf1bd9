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
	 * millisecond; longer only while the kernel takes no more. Those of a viewer who is sent away are never sent.
	 */
	class MediaBatch
	{
		// For all viewers of this worker together. Little enough to stay in the processor's cache until it is sent.
		static constexpr size_t StoreBytes{ 512 * 1024 };
		// What the kernel takes in one call: UDP_MAX_SEGMENTS, and the longest datagram (RFC 768) less its headers.
		static constexpr size_t MaxSegments{ 64 };
		static constexpr size_t MaxBytes{ 65507 };
		// A keyframe of 50 kB for 160 viewers: a line that is slower than that for long loses packets, as one further on would.
		static constexpr size_t MaxKeptBytes{ 8 * 1024 * 1024 };
		static constexpr uint64_t AgainAfterMs{ 1 };

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
			again = new uv_timer_t;
			uv_timer_init(DepLibUV::GetLoop(), again);
		}

		MediaBatch(const MediaBatch&)            = delete;
		MediaBatch& operator=(const MediaBatch&) = delete;

		~MediaBatch()
		{
			Forget(this->packets.size());
			std::replace(waiting.begin(), waiting.end(), this, static_cast<MediaBatch*>(nullptr));

			if (--count == 0)
			{
				uv_close(reinterpret_cast<uv_handle_t*>(beforeWaiting), [](uv_handle_t* handle)
				         { delete reinterpret_cast<uv_prepare_t*>(handle); });
				uv_close(reinterpret_cast<uv_handle_t*>(again), [](uv_handle_t* handle)
				         { delete reinterpret_cast<uv_timer_t*>(handle); });
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

		/** Sends what waits, of all viewers; what the kernel has no room for is kept, and sent first the next time. */
		static void SendAll()
		{
			const auto rest = std::find_if_not(
			  waiting.begin(), waiting.end(), [](MediaBatch* batch) { return !batch || batch->Send(); });

			waiting.erase(waiting.begin(), rest);
			std::erase_if(waiting, [](MediaBatch* batch) { return !batch || !batch->Keep(); });
			used = 0;

			if (!waiting.empty())
			{
				uv_timer_start(again, [](uv_timer_t* /*handle*/) { SendAll(); }, AgainAfterMs, 0);
			}
		}

	private:
		/** Returns false if the kernel took not all of it. */
		bool Send()
		{
			auto* tuple = this->ice->GetSelectedTuple();

			// One that has moved to TCP since then asks again for what it misses: a connection that fails could take its tuple with it here.
			if (!tuple || tuple->GetProtocol() != RTC::TransportTuple::Protocol::UDP)
			{
				Forget(this->packets.size());

				return true;
			}

			size_t done{ 0 };

			while (done < this->packets.size())
			{
				const size_t end   = EndOfRun(done);
				const size_t taken = tuple->PeekabooSendMedia(
				  std::addressof(this->packets[done]), end - done, this->segments);

				done += taken;

				if (done < end)
				{
					break;
				}
			}

			Forget(done);

			return this->packets.empty();
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

		/** Moves what waits out of the store, which others need; what is too much is dropped. Returns whether anything is left. */
		bool Keep()
		{
			for (; this->kept < this->packets.size(); ++this->kept)
			{
				auto& [data, len] = this->packets[this->kept];

				if (keptBytes + len > MaxKeptBytes)
				{
					this->packets.resize(this->kept);

					break;
				}

				data = std::memcpy(new uint8_t[len], data, len);
				keptBytes += len;
			}

			return !this->packets.empty();
		}

		/** Of the first packets. */
		void Forget(size_t number)
		{
			for (size_t index{ 0 }; index < std::min(number, this->kept); ++index)
			{
				keptBytes -= this->packets[index].iov_len;
				delete[] static_cast<uint8_t*>(this->packets[index].iov_base);
			}

			this->kept -= std::min(number, this->kept);
			this->packets.erase(this->packets.begin(), this->packets.begin() + number);
		}

		static inline thread_local size_t count{ 0 };
		static inline thread_local uv_prepare_t* beforeWaiting{ nullptr };
		static inline thread_local uv_timer_t* again{ nullptr };
		static inline thread_local std::vector<uint8_t> store;
		static inline thread_local size_t used{ 0 };
		static inline thread_local size_t keptBytes{ 0 };
		// Those with packets; null for one that is gone.
		static inline thread_local std::vector<MediaBatch*> waiting;

		// The first `kept` of them have memory of their own, the others are in the store.
		std::vector<iovec> packets;
		size_t kept{ 0 };
		const RTC::ICE::IceServer* ice{ nullptr };
		// Whether the way to this viewer takes segments, as far as is known. Where it does not, each packet goes alone.
		bool segments{ true };
	};
} // namespace Peekaboo

#endif
