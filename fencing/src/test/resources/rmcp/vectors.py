#!/usr/bin/env python3
"""Computes the known answers of vectors.txt with Python's hmac and the openssl command, none of which is ours.

Run:  python3 vectors.py > vectors.txt
The layouts are those of the IPMI 2.0 specification, sections 13.28.4, 13.29, 13.31 and 13.32.
"""
import hashlib
import hmac
import struct
import subprocess

CONSOLE_ID, BMC_ID = 0xA0A2A3A4, 0x02003C00
CONSOLE_RANDOM = bytes(range(0x00, 0x10))
BMC_RANDOM = bytes(range(0xF0, 0xE0, -1))
GUID = bytes.fromhex("a123456789abcdefa123456789000001")
ROLE = 0x14
VECTOR = bytes(range(0x30, 0x40))
SEQUENCE = 5
# Get Chassis Status, request number 2: to, netFn, checksum, from, number, command, checksum.
MESSAGE = bytes([0x20, 0x00, 0xE0, 0x81, 0x08, 0x01, 0x76])


def aes(key, data):
    done = subprocess.run(
        ["openssl", "enc", "-aes-128-cbc", "-nopad", "-K", key.hex(), "-iv", VECTOR.hex()],
        input=data, capture_output=True, check=True)
    return done.stdout


def vectors(suite, digest, check_bytes, user, password, bmc_key):
    kuid = password.ljust(20, b"\0")
    kg = bmc_key.ljust(20, b"\0") if bmc_key else kuid
    mac = lambda key, data: hmac.new(key, data, digest).digest()
    ids = struct.pack("<I", CONSOLE_ID), struct.pack("<I", BMC_ID)
    role_user = bytes([ROLE, len(user)]) + user
    rakp2 = mac(kuid, ids[0] + ids[1] + CONSOLE_RANDOM + BMC_RANDOM + GUID + role_user)
    rakp3 = mac(kuid, BMC_RANDOM + ids[0] + role_user)
    sik = mac(kg, CONSOLE_RANDOM + BMC_RANDOM + role_user)
    rakp4 = mac(sik, CONSOLE_RANDOM + ids[1] + GUID)[:check_bytes]
    k1, k2 = mac(sik, b"\1" * 20), mac(sik, b"\2" * 20)
    pad = -(len(MESSAGE) + 1) % 16
    body = VECTOR + aes(k2[:16], MESSAGE + bytes(range(1, pad + 1)) + bytes([pad]))
    signed = b"\x06\xc0" + ids[1] + struct.pack("<IH", SEQUENCE, len(body)) + body
    fill = -(len(signed) + 2) % 4
    signed += b"\xff" * fill + bytes([fill, 7])
    packet = b"\x06\x00\xff\x07" + signed + mac(k1, signed)[:check_bytes]
    print(suite, user.decode(), password.decode(), bmc_key.decode() or "-",
          rakp2.hex(), rakp3.hex(), rakp4.hex(), packet.hex())


print("# suite user password K_g RAKP-2-code RAKP-3-code RAKP-4-check sealed-packet; made by vectors.py")
for suite, digest, check_bytes in ((3, hashlib.sha1, 12), (17, hashlib.sha256, 16)):
    vectors(suite, digest, check_bytes, b"admin", b"s3cret", b"")
    vectors(suite, digest, check_bytes, b"fencer", b"twenty-bytes-exactly", b"K_g-of-the-BMC")
