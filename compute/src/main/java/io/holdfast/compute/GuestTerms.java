package io.holdfast.compute;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is done when a guest fails while its host is well.
 *
 * @param watchdog what its watchdog device does
 * @param restarted after which failures it is begun anew on the same host; of all others its owner is only told. Never
 *     {@link GuestFailure#WATCHDOG}, which the device answers for
 */
public record GuestTerms(WatchdogAction watchdog, Set<GuestFailure> restarted) {

    /** Of an order that says nothing, as a controller of an earlier release gives it. */
    public static final GuestTerms DEFAULT =
            new GuestTerms(WatchdogAction.DISABLED, EnumSet.of(GuestFailure.PANICKED, GuestFailure.LOST));

    public GuestTerms(@Nullable WatchdogAction watchdog, @Nullable Set<GuestFailure> restarted) {
        // A journal of another release may lack one of them.
        this.watchdog = watchdog == null ? WatchdogAction.DISABLED : watchdog;
        EnumSet<GuestFailure> all = EnumSet.noneOf(GuestFailure.class);
        if (restarted != null) {
            all.addAll(restarted);
        }
        all.remove(GuestFailure.WATCHDOG);
        this.restarted = Collections.unmodifiableSet(all);
    }

    public boolean restarts(GuestFailure failure) {
        return restarted.contains(failure);
    }
}
