package io.holdfast.identity.core;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How often somebody may be wrong in a minute: for one user from one address, for one user from wherever, and for one address with whichever
 * user.
 *
 * <p>An attempt is counted before it is tried and taken back when it was right; the other way round, whoever sends a thousand at once
 * would have a thousand guesses. Not thread-safe. Remembers a bounded number of names and addresses, and forgets those that were
 * counted first: to be forgotten costs an attacker more guesses than it gains.
 */
public final class GuessLimits {

    private static final int KEYS_MAX = 30_000;
    private static final int WIDER = 10;
    private static final long MINUTE_NANOS = Duration.ofMinutes(1).toNanos();

    private final int perMinute;
    private final Map<Key, Count> counts = new LinkedHashMap<>();

    public GuessLimits(int perMinute) {
        this.perMinute = perMinute;
    }

    /** What is counted together; null for whichever. */
    private record Key(@Nullable String user, @Nullable String address) {}

    private record Count(int attempts, long sinceNanos) {}

    /**
     * Counts an attempt.
     *
     * @param isNear whether the address is this machine's own, whose programs are not to lock each other out
     * @return whether it may be tried; if not, it was not counted
     */
    public boolean begin(String user, String address, boolean isNear, long nowNanos) {
        List<Key> keys = keys(user, address, isNear);
        for (Key key : keys) {
            Count count = counts.get(key);
            if (count != null && nowNanos - count.sinceNanos > MINUTE_NANOS) {
                counts.remove(key);
            } else if (count != null && count.attempts >= limit(key)) {
                return false;
            }
        }
        for (Key key : keys) {
            Count count = counts.get(key);
            counts.put(key, count == null ? new Count(1, nowNanos) : new Count(count.attempts + 1, count.sinceNanos));
        }
        while (counts.size() > KEYS_MAX) {
            counts.remove(counts.keySet().iterator().next());
        }
        return true;
    }

    /** The attempt was right, or could not be made: it does not count. */
    public void takeBack(String user, String address, boolean isNear) {
        for (Key key : keys(user, address, isNear)) {
            Count count = counts.get(key);
            if (count != null) {
                if (count.attempts <= 1) {
                    counts.remove(key);
                } else {
                    counts.put(key, new Count(count.attempts - 1, count.sinceNanos));
                }
            }
        }
    }

    private static List<Key> keys(String user, String address, boolean isNear) {
        Key both = new Key(user, address);
        return isNear ? List.of(both, new Key(user, null)) : List.of(both, new Key(user, null), new Key(null, address));
    }

    private int limit(Key key) {
        return key.user != null && key.address != null ? perMinute : perMinute * WIDER;
    }

    /** For tests. */
    int size() {
        return counts.size();
    }
}
