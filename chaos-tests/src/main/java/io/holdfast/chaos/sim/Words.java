package io.holdfast.chaos.sim;

import io.holdfast.model.HostId;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** When somebody spoke last against each host; a word that was refused is as if it had never been given. */
public final class Words {

    private static final long NEVER = Long.MIN_VALUE / 2;

    private final Map<HostId, Long> last = new HashMap<>();
    private final Map<HostId, Long> before = new HashMap<>();

    public void given(HostId host, long nanos) {
        Long earlier = last.put(host, nanos);
        before.put(host, earlier == null ? NEVER : earlier);
    }

    public void refused(HostId host) {
        @Nullable Long earlier = before.remove(host);
        if (earlier != null) {
            last.put(host, earlier);
        }
    }

    /** In nanoseconds of the world; long before it began, if nobody did. */
    public long lastAgainst(HostId host) {
        return last.getOrDefault(host, NEVER);
    }
}
