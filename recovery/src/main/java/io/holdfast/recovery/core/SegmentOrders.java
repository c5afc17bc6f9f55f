package io.holdfast.recovery.core;

import org.jspecify.annotations.Nullable;

/**
 * What operators ordered for a whole segment.
 *
 * @param why who armed or disarmed it, and why; empty when nobody ever did
 * @param maintenance who has it in maintenance and why, or null
 */
public record SegmentOrders(
        Armed armed, String why, @Nullable String maintenance) {

    /** What holds as long as nobody says otherwise. */
    public static final SegmentOrders NONE = new SegmentOrders(Armed.ARMED, "", null);

    public boolean disarmed() {
        return armed != Armed.ARMED;
    }

    public SegmentOrders with(Armed now, String because) {
        return new SegmentOrders(now, because, maintenance);
    }

    public SegmentOrders withMaintenance(@Nullable String by) {
        return new SegmentOrders(armed, why, by);
    }
}
