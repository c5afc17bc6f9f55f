package io.holdfast.slot.core;

import io.holdfast.model.HostId;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.SlotFact;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which slots beat, for a reader that has them read by others.
 *
 * <p>Whoever reads for us may read from a memory that is older than the storage, may lag behind, or lie; checksums say that a block is
 * whole, not that it is new. So a standstill that others see is <em>no</em> standstill: it would make a living host look dead, and
 * with an armed watchdog that is a proof. Only a step forward says something, because nobody but the host can make one: a
 * heartbeat that is newer than any that was ever seen here. What goes back, or was seen before, is an old picture.
 *
 * <p>The first look through somebody only says what he has; steps count from his second look on. Immutable.
 */
public final class RelayedBeats {

    /** Agent processes of one host that are remembered. Too small: a picture of one long gone would be a step forward. */
    private static final int SESSIONS_LIMIT = 64;

    /** What a heartbeat says of its own interval is believed up to here: an old step must not count for ever. */
    private static final Duration INTERVAL_MAX = Duration.ofSeconds(10);

    /**
     * @param newest by agent process the highest heartbeat seen
     * @param last what was read last, or null while that cannot be read
     * @param steppedNanos before the look that saw the last step forward; null before there was one
     */
    private record Track(
            Map<String, Long> newest,
            @Nullable Heartbeat last,
            String trouble,
            @Nullable Long steppedNanos) {}

    /** What is known of one host's slot. */
    public sealed interface Beat {

        /** A step forward was seen, not long ago. */
        record Forward(String bootId) implements Beat {}

        /** Anything else: nothing is known, neither that the host lives nor that it does not. */
        record Unknown(String reason) implements Beat {}
    }

    private final @Nullable HostId relay;
    private final Map<HostId, Track> tracks;

    private RelayedBeats(@Nullable HostId relay, Map<HostId, Track> tracks) {
        this.relay = relay;
        this.tracks = Map.copyOf(tracks);
    }

    /** Nothing seen yet. */
    public static RelayedBeats start() {
        return new RelayedBeats(null, Map.of());
    }

    /**
     * After one look.
     *
     * @param through whose eyes they were
     * @param facts what was read in this look alone
     * @param beganNanos the reader's monotonic clock before it asked
     */
    public RelayedBeats look(HostId through, Map<HostId, SlotFact> facts, long beganNanos) {
        boolean counts = through.equals(relay);
        Map<HostId, Track> next = new HashMap<>(tracks);
        tracks.forEach((host, track) -> next.put(
                host, new Track(track.newest(), null, "its slot is not there any more", track.steppedNanos())));
        facts.forEach((host, fact) -> {
            Track before = tracks.get(host);
            Map<String, Long> newest = before == null ? Map.of() : before.newest();
            Long stepped = before == null ? null : before.steppedNanos();
            switch (fact) {
                case SlotFact.Unreadable(String reason) -> next.put(host, new Track(newest, null, reason, stepped));
                case SlotFact.Seen seen
                when seen.beat() == null ->
                    next.put(host, new Track(newest, null, "it has written no heartbeat", stepped));
                case SlotFact.Seen seen -> {
                    Heartbeat beat = seen.beat();
                    boolean forward = beat != null && !newest.isEmpty() && isNewer(newest, beat);
                    next.put(
                            host,
                            new Track(
                                    beat == null ? newest : with(newest, beat),
                                    beat,
                                    "",
                                    // From whoever has just been asked first it may be news to us that is old.
                                    forward && counts ? Long.valueOf(beganNanos) : stepped));
                }
            }
        });
        return new RelayedBeats(through, next);
    }

    private static boolean isNewer(Map<String, Long> newest, Heartbeat beat) {
        Long known = newest.get(beat.session());
        return known == null || beat.beat() > known;
    }

    private static Map<String, Long> with(Map<String, Long> newest, Heartbeat beat) {
        Map<String, Long> all = new LinkedHashMap<>(newest);
        all.merge(beat.session(), beat.beat(), Math::max);
        if (all.size() > SESSIONS_LIMIT) {
            all.remove(all.keySet().iterator().next());
        }
        return all;
    }

    /**
     * What is known of each host that has a slot. Of the one through whose eyes it was read nothing is said: it is heard, or it could
     * not have been asked.
     *
     * @param lookInterval between two looks
     */
    public Map<HostId, Beat> beats(long nowNanos, Duration lookInterval) {
        Map<HostId, Beat> beats = new TreeMap<>();
        tracks.forEach((host, track) -> {
            if (!host.equals(relay)) {
                beats.put(host, beat(track, nowNanos, lookInterval));
            }
        });
        return beats;
    }

    private static Beat beat(Track track, long nowNanos, Duration lookInterval) {
        Heartbeat last = track.last();
        Long stepped = track.steppedNanos();
        if (last == null) {
            return new Beat.Unknown(track.trouble());
        }
        if (stepped == null) {
            return new Beat.Unknown("no heartbeat was seen to follow another; what others read proves no standstill");
        }
        Duration interval = last.interval().compareTo(INTERVAL_MAX) < 0 ? last.interval() : INTERVAL_MAX;
        Duration since = Duration.ofNanos(Math.max(0, nowNanos - stepped));
        return since.compareTo(interval.multipliedBy(3).plus(lookInterval)) <= 0
                ? new Beat.Forward(last.bootId())
                : new Beat.Unknown("no new heartbeat was seen for " + since.toMillis()
                        + " ms; what others read proves no standstill");
    }
}
