package io.holdfast.compute.agent;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The bytes of the slot device, for controllers that cannot read it themselves. Any thread may call; comes back in bounded time. */
@FunctionalInterface
public interface RawSlots {

    /** Of an agent that has no slot device. */
    RawSlots NONE = () -> {
        throw new IOException("this agent has no slot device (self-fence.slot)");
    };

    /** @throws IOException when it cannot be read now; its message says why */
    ByteBuffer read() throws IOException;
}
