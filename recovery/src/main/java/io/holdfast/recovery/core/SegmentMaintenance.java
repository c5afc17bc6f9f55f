package io.holdfast.recovery.core;

/**
 * Somebody works on what the hosts of the segment share: network, storage, power. Silence and even power that reads off
 * are expected then; a word about a single host is not part of that work, and passes.
 *
 * <p>Fails closed: before the orders are read from the store nothing is decided at all.
 */
record SegmentMaintenance() implements Guard {

    @Override
    public String name() {
        return "segment-maintenance";
    }

    @Override
    public Mode mode() {
        return Mode.FAIL_CLOSED;
    }

    @Override
    public Finding review(Situation situation) {
        String by = situation.orders().maintenance();
        if (by == null) {
            return act("the segment is not in maintenance");
        }
        return situation.word()
                ? act("the segment is in maintenance, and somebody answers for this host")
                : hold("the segment is in maintenance by " + by
                        + ". It goes on when the maintenance ends, or on force-down or confirm-dead");
    }
}
