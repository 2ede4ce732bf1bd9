#ifndef PEEKABOO_GROUP_OF_PICTURES_HPP
#define PEEKABOO_GROUP_OF_PICTURES_HPP

#include "common.hpp"
#include "RTC/Consumer.hpp"
#include "RTC/RTP/Packet.hpp"
#include "RTC/RTP/SharedPacket.hpp"
#include <vector>

namespace Peekaboo
{
	/**
	 * The packets of one video stream since its last keyframe: what a viewer who comes now needs to see a picture at once. A camera
	 * cannot be asked for a keyframe here, and may have one in four seconds.
	 */
	class GroupOfPictures
	{
		// A group that does not fit is not kept: its viewers wait for the next keyframe.
		static constexpr size_t MaxPackets{ 1024 };
		// The picture of a stream that has stopped is not shown as if it were live.
		static constexpr int64_t FreshForMs{ 500 };

	public:
		/** Takes a copy of a packet, in the order of arrival. */
		void Add(RTC::RTP::Packet* packet, int64_t nowMs)
		{
			const bool begins = packet->IsKeyFrame() && (this->packets.empty() || packet->GetTimestamp() != this->timestamp);

			if (begins)
			{
				this->packets.clear();
				this->timestamp = packet->GetTimestamp();
			}
			else if (this->packets.empty())
			{
				return;
			}
			else if (this->packets.size() == MaxPackets)
			{
				this->packets.clear();

				return;
			}

			this->packets.emplace_back(packet);
			this->lastAddedAtMs = nowMs;
		}

		/** Sends the group to a consumer that waits for a keyframe; what comes next continues it. Returns whether there was one. */
		bool Replay(RTC::Consumer* consumer, int64_t nowMs)
		{
			if (this->packets.empty() || nowMs - this->lastAddedAtMs > FreshForMs)
			{
				return false;
			}

			consumer->OnProducerStreamManagerClearRetransmissionBuffer();

			for (auto& stored : this->packets)
			{
				auto* packet    = stored.GetPacket();
				const auto& mid = consumer->GetRtpParameters().mid;
				// Not ours: the consumer may empty it.
				RTC::RTP::SharedPacket copy;

				if (!mid.empty())
				{
					packet->UpdateMid(mid);
				}

				consumer->SendRtpPacket(packet, copy);
			}

			return true;
		}

	private:
		std::vector<RTC::RTP::SharedPacket> packets;
		uint32_t timestamp{ 0 };
		int64_t lastAddedAtMs{ 0 };
	};
} // namespace Peekaboo

#endif
