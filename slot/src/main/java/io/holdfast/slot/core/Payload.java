package io.holdfast.slot.core;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;

/** The values in a block, one after the other. A later version may add some at the end; an older one does not read them. */
final class Payload {

    private final ByteBuffer bytes;

    private Payload(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    static Payload empty() {
        return new Payload(ByteBuffer.allocate(BlockFormat.PAYLOAD_MAX));
    }

    static Payload of(byte[] bytes) {
        return new Payload(ByteBuffer.wrap(bytes));
    }

    Payload put(long value) {
        bytes.putLong(value);
        return this;
    }

    Payload put(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        bytes.putShort((short) utf8.length).put(utf8);
        return this;
    }

    Payload put(Instant moment) {
        return put(moment.toEpochMilli());
    }

    Payload put(Duration duration) {
        return put(duration.toMillis());
    }

    byte[] toBytes() {
        byte[] used = new byte[bytes.position()];
        bytes.get(0, used);
        return used;
    }

    long number() {
        return bytes.getLong();
    }

    String text() {
        int length = Short.toUnsignedInt(bytes.getShort());
        if (length > bytes.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] utf8 = new byte[length];
        bytes.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    Instant moment() {
        return Instant.ofEpochMilli(number());
    }

    Duration duration() {
        return Duration.ofMillis(number());
    }
}
