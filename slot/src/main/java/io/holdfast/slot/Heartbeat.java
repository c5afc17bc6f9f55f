package io.holdfast.slot;

import io.holdfast.model.HostId;
import io.holdfast.model.SelfFenceTerms;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A host's word that it lives.
 *
 * @param bootId which life of the host speaks
 * @param session which agent process speaks; a restarted agent has another one
 * @param beat rises by one with each heartbeat of this session
 * @param writtenAt by the host's wall clock, for people; no age is counted from it
 * @param uptime the host's own monotonic time since the agent's start, for people
 * @param interval how long until the next heartbeat, if all goes well
 * @param terms the armed watchdog, or null where none is armed
 */
public record Heartbeat(
        HostId host,
        String bootId,
        String session,
        long beat,
        Instant writtenAt,
        Duration uptime,
        Duration interval,
        @Nullable SelfFenceTerms terms) {

    public Heartbeat {
        Words.require("boot id", bootId, 1, 64);
        Words.require("session", session, 1, 64);
    }
}
