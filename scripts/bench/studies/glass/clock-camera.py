#!/usr/bin/python3
"""A real RTSP camera whose picture tells when it was taken, for the benchmark: GStreamer's RTSP server, H.264, 640x360, 30 frames a second.

usage: clock-camera.py PORT KEYFRAME_INTERVAL_FRAMES
The stream is rtsp://127.0.0.1:PORT/clock. Prints "up" once it listens.

In each frame two rows of 20 blocks of 32x32 pixels hold the milliseconds of the wall clock at which the frame was made, modulo 2^20, most
significant bit first, white for 1; the second row is the first one's inverse, so that a picture that is no clock is not taken for one. Below
it a grey edge moves.
"""
import sys
import threading
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

port, keyframe_interval = sys.argv[1:3]
width, height, frames_per_second, bits, block = 640, 360, 30, 20, 32

chroma = bytes([128]) * (width * height // 2)
below = [bytes([60 + edge % 100] * edge + [140] * (width - edge)) * (height - 2 * block) for edge in range(0, width, 8)]


def frame(number):
    now = int(time.time() * 1000)
    values = [(now >> bit) & 1 for bit in reversed(range(bits))]
    rows = b"".join(
        b"".join(bytes([235 if value != inverse else 16]) * block for value in values) * block for inverse in (0, 1)
    )
    return rows + below[number % len(below)] + chroma


def feed(source):
    number, due = 0, time.monotonic()
    while source.emit("push-buffer", Gst.Buffer.new_wrapped(frame(number))) == Gst.FlowReturn.OK:
        number += 1
        due = max(due + 1 / frames_per_second, time.monotonic() - 1)
        time.sleep(max(0, due - time.monotonic()))


def configure(_factory, media):
    source = media.get_element().get_child_by_name("clock")
    threading.Thread(target=feed, args=(source,), daemon=True).start()


Gst.init(None)
factory = GstRtspServer.RTSPMediaFactory()
factory.set_shared(True)
raw = f"video/x-raw,format=I420,width={width},height={height},framerate={frames_per_second}/1"
x264 = f"x264enc speed-preset=ultrafast tune=zerolatency key-int-max={keyframe_interval} bitrate=600"
factory.set_launch(
    f"( appsrc name=clock is-live=true do-timestamp=true format=time caps={raw}"
    f" ! {x264} ! video/x-h264,profile=constrained-baseline ! h264parse ! rtph264pay name=pay0 pt=96 )"
)
factory.connect("media-configure", configure)

server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(port)
server.get_mount_points().add_factory("/clock", factory)
server.attach(None)
print("up", flush=True)
GLib.MainLoop().run()
