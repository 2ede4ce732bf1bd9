#!/usr/bin/python3
"""A real RTSP camera for tests: GStreamer's RTSP server, with a password, H.264 (or MPEG-4 video) and AAC sound.

usage: rtsp-camera.py PORT USER PASSWORD ENCODING [KEYFRAME_INTERVAL_FRAMES]
       ENCODING is one of: baseline, main, high, b-frames, mjpeg
The stream is rtsp://127.0.0.1:PORT/room1: 640x360, 15 frames a second. Prints "up" once it listens.
"""
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

port, user, password, encoding = sys.argv[1:5]
keyframe_interval = sys.argv[5] if len(sys.argv) > 5 else "15"

x264 = f"x264enc speed-preset=ultrafast key-int-max={keyframe_interval} bitrate=600"
h264 = "! h264parse ! rtph264pay name=pay0 pt=96"
encoders = {
    "baseline": f"{x264} tune=zerolatency ! video/x-h264,profile=constrained-baseline {h264}",
    "main": f"{x264} tune=zerolatency cabac=true ! video/x-h264,profile=main {h264}",
    "high": f"{x264} tune=zerolatency cabac=true dct8x8=true ! video/x-h264,profile=high {h264}",
    "b-frames": f"{x264} bframes=2 b-adapt=false ! video/x-h264,profile=main {h264}",
    "mjpeg": "jpegenc quality=60 ! rtpjpegpay name=pay0 pt=26",
}
source = "videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=640,height=360,framerate=15/1"
sound = "audiotestsrc is-live=true ! avenc_aac ! rtpmp4gpay name=pay1 pt=97"

Gst.init(None)
factory = GstRtspServer.RTSPMediaFactory()
factory.set_shared(True)
factory.set_launch(f"( {source} ! {encoders[encoding]} {sound} )")
permissions = GstRtspServer.RTSPPermissions()
for permission in ("media.factory.access", "media.factory.construct"):
    permissions.add_permission_for_role("viewer", permission, True)
factory.set_permissions(permissions)

token = GstRtspServer.RTSPToken()
token.set_string("media.factory.role", "viewer")
authentication = GstRtspServer.RTSPAuth()
authentication.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)

server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(port)
server.set_auth(authentication)
server.get_mount_points().add_factory("/room1", factory)
server.attach(None)
print("up", flush=True)
GLib.MainLoop().run()
