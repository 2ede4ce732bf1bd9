"""Sends UDP datagrams as if they came from somebody else. Reads lines of `FROM-ADDRESS FROM-PORT TO-ADDRESS TO-PORT HEX`; needs root."""
import socket
import struct
import sys

raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
for line in sys.stdin:
    source, source_port, target, target_port, payload = line.split()
    data = bytes.fromhex(payload)
    udp = struct.pack("!HHHH", int(source_port), int(target_port), 8 + len(data), 0) + data  # no checksum: allowed in IPv4 (RFC 768)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 0, 0, 0, 64, 17, 0, socket.inet_aton(source), socket.inet_aton(target))
    raw.sendto(ip + udp, (target, 0))
