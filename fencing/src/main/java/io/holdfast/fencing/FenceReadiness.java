package io.holdfast.fencing;

import io.holdfast.model.HostId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Whether a host could be fenced, as it is remembered from one rehearsal to the next.
 *
 * @param since wall time from which the state holds
 * @param check the newest rehearsal
 */
public record FenceReadiness(HostId host, State state, Instant since, FenceCheck check) {

    /** What the rehearsals of a host add up to. */
    public enum State {
        /** Some level works. */
        READY,
        /** The newest rehearsal found no level that works; it is repeated soon, before anybody is called. */
        DOUBTED,
        /** Two rehearsals in a row found no level that works, or there is no device: operators were told. */
        UNREADY
    }

    /**
     * A step from one rehearsal to the next.
     *
     * @param notice what operators have to be told of it; null for nothing
     */
    public record Step(FenceReadiness next, @Nullable Notice notice) {}

    /** What operators are told. */
    public enum Notice {
        UNREADY,
        READY
    }
}
