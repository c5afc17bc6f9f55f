package io.holdfast.fencing.ipmi.rmcp;

import java.util.Arrays;

/** Writes octets one after the other; least significant first, as IPMI has it. */
final class Output {

    private byte[] buffer = new byte[64];
    private int size;

    Output u8(int value) {
        if (size == buffer.length) {
            buffer = Arrays.copyOf(buffer, size * 2);
        }
        buffer[size++] = (byte) value;
        return this;
    }

    Output le16(int value) {
        return u8(value).u8(value >> 8);
    }

    Output le32(int value) {
        return le16(value).le16(value >> 16);
    }

    Output bytes(Bytes more) {
        for (int i = 0; i < more.size(); i++) {
            u8(more.at(i));
        }
        return this;
    }

    Output repeat(int value, int count) {
        for (int i = 0; i < count; i++) {
            u8(value);
        }
        return this;
    }

    int size() {
        return size;
    }

    Bytes done() {
        return Bytes.of(Arrays.copyOf(buffer, size));
    }
}
