package io.holdfast.fencing;

import io.holdfast.model.HostId;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Whether hosts could be fenced: what is remembered of it, and finding it out now. Any thread may call; all calls block. */
public interface Rehearsal {

    /** The newest rehearsal of each host that was ever rehearsed. */
    Map<HostId, FenceReadiness> remembered();

    Optional<FenceReadiness> remembered(HostId host);

    /** Between two rehearsals of a host; zero for none but those that somebody asks for. */
    Duration interval();

    /**
     * Rehearses a host now, without harm, and remembers what is found. Only the leader does; waits for room, and then takes
     * two calls for each device at most.
     *
     * @throws RuntimeException the store's failures; then what was found is not remembered
     */
    Answer now(HostId host) throws InterruptedException;

    /** How a rehearsal that somebody asked for ended. */
    sealed interface Answer {
        record Done(FenceReadiness readiness) implements Answer {}

        /** @param reason for people; nothing was found, and what is remembered still holds */
        record NotNow(String reason) implements Answer {}
    }
}
